"""The audit: what ought to have been sent, worked out again and compared with what was; and the weekly all-clear."""
