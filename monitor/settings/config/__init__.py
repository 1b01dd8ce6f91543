"""config.toml and the environment: shape, reading, people, and the values in force."""
