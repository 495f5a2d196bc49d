package org.jvmm.core.accel;

/**
 * A machine was ordered that this accelerator, or this host, cannot make: an unknown CPU model, too
 * many vCPUs, a switch that does not exist. One line for the user, whose request it is.
 */
public final class ConfigException extends AccelException {
  private static final long serialVersionUID = 1L;

  public ConfigException(String message) {
    super(message);
  }
}
