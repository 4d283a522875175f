"""The subcommands of ``headrace``, one module each: ``add`` declares arguments, ``run`` returns the exit status."""
