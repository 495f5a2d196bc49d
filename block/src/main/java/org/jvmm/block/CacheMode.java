package org.jvmm.block;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** When the host's page cache is used and when a write is durable; the names are QEMU's. */
public enum CacheMode {
  /** Host cache; durable after a flush. */
  WRITEBACK(false, false, true),
  /** No host cache; durable after a flush. */
  NONE(true, false, true),
  /** Host cache; every write is durable when it completes. */
  WRITETHROUGH(false, true, true),
  /** No host cache; every write is durable when it completes. */
  DIRECTSYNC(true, true, true),
  /** Host cache; flushes are not passed on: a crash of the host may lose the disk. */
  UNSAFE(false, false, false);

  private final boolean direct;
  private final boolean writeThrough;
  private final boolean syncs;

  CacheMode(boolean direct, boolean writeThrough, boolean syncs) {
    this.direct = direct;
    this.writeThrough = writeThrough;
    this.syncs = syncs;
  }

  /** Whether the host's page cache is passed by (O_DIRECT), where the file system can. */
  public boolean direct() {
    return direct;
  }

  /** Whether each write is followed by a flush. */
  public boolean writeThrough() {
    return writeThrough;
  }

  /** Whether a flush reaches stable storage. */
  public boolean syncs() {
    return syncs;
  }

  /** The mode of this name; an {@link ImageException} lists the known ones. */
  public static CacheMode of(String name) throws ImageException {
    for (CacheMode mode : values()) {
      if (mode.toString().equals(name)) {
        return mode;
      }
    }
    throw new ImageException(
        "cache=%s is unknown; known are %s"
            .formatted(
                name,
                Arrays.stream(values()).map(Object::toString).collect(Collectors.joining(", "))));
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
