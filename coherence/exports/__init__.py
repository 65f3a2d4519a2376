"""A recorded run in the files of other tools: one module a format, all named in `files`."""
