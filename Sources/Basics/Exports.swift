// Whoever shares these values wants both: one import brings them.
@_exported public import Values
