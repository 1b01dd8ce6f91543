"""Values: register, changes, rules, people, policy, slots; the fields in which people write them, and their files."""
