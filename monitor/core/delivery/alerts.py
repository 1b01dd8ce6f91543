"""What the operator is notified of. The values are stored, and shown by `status --json`."""

from __future__ import annotations

from enum import StrEnum


class AlertKind(StrEnum):
    """The subject of an alert; with its key it names one trouble."""

    HELD = "held"  # the brake holds mails; key: the slot
    RESTORED = "restored"  # everything is held for a restored backup; key: the slot
    NO_RECIPIENT = "for-nobody"  # of a reminder; key: the entry. The text is that of existing databases
    ROLE_UNHELD = "role-unheld"  # key: the role
    CLOCK_BACK = "clock"  # the clock has gone back past a checked slot; key: that slot
    CLOCK_OFF = "clock-off"  # a daemon's clock differs from the database's; key: the daemon
    CUT_OFF = "cut-off"  # a daemon could not reach the database for a time; key: the daemon
    REFUSED = "failed-for-good"  # an address was refused permanently; key: person and address
    UNDELIVERED = "undelivered"  # mail to a person has waited for two slots; key: person and address
    UNDELIVERED_LATE = "undelivered-late"  # and others are reminded instead
    NOTHING_DELIVERED = "nothing-delivered"  # no mail at all was delivered for two slots
    MAIL_WAITS = "mail-waits"  # a 5yz reply that is not permanent; key: its code, with the mailbox where it is personal
    MAIL_HELD = "mail-held"  # the connection broke at one recipient too often; key: person and address
    REFUSED_ALIKE = "refused-alike"  # every recipient of a run was refused alike; key: the code
    RELAY_DOWN = "relay-down"
    SECOND_RELAY = "second-relay"  # the first relay cannot be used
    LETTER_REPLACED = "letter-replaced"  # a user's letter failed and the shipped one was used; key: the letter
    NOT_COMPOSED = "not-composed"  # a mail could not be made; key: the person
    NOTE_UNUSABLE = "note-unusable"  # the restore marker's note cannot be read or written; key: its folder
    NOTE_MISSING = "note-missing"  # key: its folder
    NOTE_OTHER = "note-other"  # the note is of another database; key: the database
    COVERAGE = "coverage"  # a gap; key: the gap's
    COVERAGE_CLOSED = "coverage-closed"  # key: the gap's
    AUDIT = "audit"  # an audit found a gap, or a mail that was not owed; key: the finding's
    FILES_REFUSED = "files-refused"  # edited files have faults; key: machine and configuration file
    RESTART_NEEDED = "restart-needed"  # key: machine and configuration file
    IMPORT_REFUSED = "import-refused"  # key: the dropped file
    IMPORT_WAITS = "import-waits"  # key: the dropped file
    IMPORT_FOLDER = "import-folder"  # the drop folder cannot be used; key: the folder
    SOURCE_SILENT = "source-silent"  # a source of the public record gave no whole answer for long; key: its name
