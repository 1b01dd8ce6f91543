"""What a letter says of one thing: the nouns that dates belong to, and their dates put together."""
