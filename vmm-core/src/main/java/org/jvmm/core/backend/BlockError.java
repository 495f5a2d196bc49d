package org.jvmm.core.backend;

/** Why a {@link BlockRequest} failed: a value, since a guest has to hear of it. */
public enum BlockError {
  /** The host could not read or write. */
  IO,
  /** The host has no room for the data. */
  NO_SPACE,
  /** The medium cannot be written. */
  READ_ONLY,
  /** The request does not lie within the medium. */
  OUT_OF_RANGE
}
