package org.jvmm.core.device;

/** A snapshot record is damaged, or from a version that is not known here. */
public final class SnapshotException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public SnapshotException(String message) {
    super(message);
  }
}
