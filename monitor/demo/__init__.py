"""The shipped register, its history and a cast of invented people, as data: what `monitor demo` plays. No code here."""
