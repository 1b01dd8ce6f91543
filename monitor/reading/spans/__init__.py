"""Where a letter writes dates, references and amounts, and what each date is: its role and its doubts."""
