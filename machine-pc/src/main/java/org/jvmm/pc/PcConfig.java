package org.jvmm.pc;

import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Map;
import org.jvmm.core.accel.CpuModel;
import org.jvmm.core.accel.IrqchipMode;

/**
 * A PC as it is ordered.
 *
 * @param ram bytes, a multiple of 4096
 * @param vcpus 1 to 255
 * @param irqchip where the interrupt controllers are, or null for what the accelerator does best
 * @param accelOptions further switches of {@code -accel}
 * @param boot what runs in it
 * @param rtc the real-time clock's time at the start, without a zone, as the chip has none
 * @param debugExit where isa-debug-exit is, or null for none
 * @param timedExits whether the handling time of each exit is taken
 */
public record PcConfig(
    long ram,
    int vcpus,
    CpuModel cpu,
    IrqchipMode irqchip,
    Map<String, String> accelOptions,
    Boot boot,
    LocalDateTime rtc,
    DebugExit debugExit,
    boolean timedExits) {
  /**
   * A kernel that is booted without firmware.
   *
   * @param initrd or null
   * @param commandLine of the kernel
   */
  public record Boot(Path kernel, Path initrd, String commandLine) {}

  /**
   * QEMU's isa-debug-exit.
   *
   * @param port its first port
   * @param size number of ports, 1 to 4
   */
  public record DebugExit(int port, int size) {
    /** Where bare test kernels look for it. */
    public static final DebugExit USUAL = new DebugExit(IsaPort.DEBUG_EXIT, 4);
  }

  public PcConfig {
    accelOptions = Map.copyOf(accelOptions);
  }
}
