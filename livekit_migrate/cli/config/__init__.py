"""The subcommands of `lkm config`: one file each, found by listing this folder."""
