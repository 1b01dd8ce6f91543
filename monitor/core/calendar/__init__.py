"""Days, calendars and clocks: date arithmetic, business days, recess. All days are in the register's time zone."""
