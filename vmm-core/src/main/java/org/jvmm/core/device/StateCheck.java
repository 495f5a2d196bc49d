package org.jvmm.core.device;

/**
 * Validates the components of a snapshot record; what fails is named with its device and value.
 *
 * @param device as it is to be called in errors
 */
public record StateCheck(String device) {
  /**
   * Requires the one version that the device knows.
   *
   * @throws SnapshotException for any other
   */
  public void version(int known, int actual) {
    that(known == actual, "version", actual);
  }

  /**
   * Requires that a register has no bit outside a mask.
   *
   * @throws SnapshotException if it has one
   */
  public void bits(String register, int value, int mask) {
    if ((value & ~mask) != 0) {
      throw new SnapshotException("%s: %s=%#x".formatted(device, register, value));
    }
  }

  /**
   * Requires a condition.
   *
   * @throws SnapshotException if it does not hold
   */
  public void that(boolean holds, String component, Object value) {
    if (!holds) {
      throw new SnapshotException("%s: %s=%s".formatted(device, component, value));
    }
  }

  /**
   * Requires the name of a constant.
   *
   * @return the constant
   * @throws SnapshotException if there is none of that name
   */
  public <E extends Enum<E>> E constant(Class<E> type, String component, String name) {
    for (E constant : type.getEnumConstants()) {
      if (constant.name().equals(name)) {
        return constant;
      }
    }
    throw new SnapshotException("%s: %s=%s".formatted(device, component, name));
  }
}
