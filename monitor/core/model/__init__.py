"""Values: register, changes, rules, people, policy, slots, and the fields in which people write them."""
