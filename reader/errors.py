"""Every error that a user can mend, as one family.

A message says what happened and in which file, what was expected, and what to do now.
"""


class ReaderError(Exception):
    """Something about the input that the user can mend; any other exception is a bug."""


class ScanError(ReaderError):
    """A scan that cannot be read: its page gets the status `failed`."""


class UnreachedError(ScanError):
    """A scan that cannot be had now, and perhaps later: its page is `failed`, and tried again by the next run."""


class FitError(ReaderError):
    """A page that the form does not fit: its page gets the status `refused`."""


class FormError(ReaderError):
    """A form file with a mistake in it: said before any page is opened."""


class ModelError(ReaderError):
    """A model that cannot be used: said before any page is opened."""


class UsageError(ReaderError):
    """A request that cannot be carried out as it stands: said before any page is opened."""


class LedgerError(ReaderError):
    """A ledger that cannot be opened or written to: nothing that is in it is lost."""


class WorkerError(ReaderError):
    """Processes that read pages cannot be started, or a cluster cannot be reached."""
