"""The command line: a renderer of the registry. Data on stdout, everything else on stderr."""
