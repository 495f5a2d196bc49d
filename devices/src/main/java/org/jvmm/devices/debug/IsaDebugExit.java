package org.jvmm.devices.debug;

import java.util.function.IntConsumer;
import org.jvmm.core.bus.PortDevice;

/** Ends the VM with a status that the guest chooses. Has no state. */
public final class IsaDebugExit implements PortDevice {
  private final IntConsumer exit;

  /**
   * An exit port.
   *
   * @param exit takes the process' exit status, {@code 2 * value + 1}; called with the monitor held
   */
  public IsaDebugExit(IntConsumer exit) {
    this.exit = exit;
  }

  @Override
  public int read(int offset, int size) {
    return 0;
  }

  @Override
  public void write(int offset, int size, int value) {
    exit.accept(value << 1 | 1);
  }
}
