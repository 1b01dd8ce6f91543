"""What the monitor is measured against: the least that does the same job, written as one would write it by hand."""
