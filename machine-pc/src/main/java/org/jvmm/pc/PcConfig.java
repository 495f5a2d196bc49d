package org.jvmm.pc;

import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.jvmm.core.accel.CpuModel;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.pc.firmware.FirmwareConfig;

/**
 * A PC as it is ordered.
 *
 * @param ram bytes, a multiple of 4096
 * @param vcpus 1 to 255
 * @param irqchip where the interrupt controllers are, or null for what the accelerator does best
 * @param accelOptions further switches of {@code -accel}
 * @param boot the kernel, or null for none; it is entered directly unless there is a firmware's ROM
 * @param firmware the firmware, and what any guest finds in fw_cfg
 * @param rtc the real-time clock's time at the start, without a zone, as the chip has none
 * @param debugcon port of the debug console, if the host has an end for it
 * @param debugExit where isa-debug-exit is, or null for none
 * @param testDevices devices for test kernels
 * @param endsAtReset whether a reset ends the machine instead, as {@link
 *     org.jvmm.core.run.Outcome.Kind#RESET}
 * @param staysAtPowerOff whether a machine that powers off is paused instead of ended
 * @param timedExits whether the handling time of each exit is taken
 */
public record PcConfig(
    long ram,
    int vcpus,
    CpuModel cpu,
    IrqchipMode irqchip,
    Map<String, String> accelOptions,
    Boot boot,
    FirmwareConfig firmware,
    LocalDateTime rtc,
    int debugcon,
    DebugExit debugExit,
    TestDevices testDevices,
    boolean endsAtReset,
    boolean staysAtPowerOff,
    boolean timedExits) {
  /** Port of the debug console where nobody says otherwise. */
  public static final int DEBUGCON = IsaPort.DEBUG_CON;

  /**
   * A kernel.
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

  /**
   * QEMU's pc-testdev and pci-testdevs.
   *
   * @param pcTestdev whether there is a pc-testdev
   * @param membars for each pci-testdev, the bytes of its {@code membar}, 0 for none
   */
  public record TestDevices(boolean pcTestdev, List<Long> membars) {
    /** None. */
    public static final TestDevices NONE = new TestDevices(false, List.of());

    public TestDevices {
      membars = List.copyOf(membars);
    }
  }

  public PcConfig {
    accelOptions = Map.copyOf(accelOptions);
    if (boot == null && firmware.rom() == null) {
      throw new IllegalArgumentException("neither a kernel nor a firmware's ROM");
    }
  }

  /** Whether the firmware's ROM starts; a kernel is then its affair. */
  public boolean byFirmware() {
    return firmware.rom() != null;
  }

  /**
   * A PC with one vCPU, the host's CPU model and the present time.
   *
   * @param ram bytes, a multiple of 4096
   */
  public static Builder builder(long ram) {
    return new Builder(ram);
  }

  /** Collects what differs from the usual. */
  public static final class Builder {
    private final long ram;
    private int vcpus = 1;
    private CpuModel cpu = CpuModel.HOST;
    private IrqchipMode irqchip;
    private Map<String, String> accelOptions = Map.of();
    private Boot boot;
    private FirmwareConfig firmware = FirmwareConfig.NONE;
    private LocalDateTime rtc = LocalDateTime.now(ZoneOffset.UTC);
    private int debugcon = DEBUGCON;
    private DebugExit debugExit;
    private TestDevices testDevices = TestDevices.NONE;
    private boolean endsAtReset;
    private boolean staysAtPowerOff;
    private boolean timedExits;

    private Builder(long ram) {
      this.ram = ram;
    }

    public Builder vcpus(int count) {
      vcpus = count;
      return this;
    }

    public Builder cpu(CpuModel model) {
      cpu = model;
      return this;
    }

    public Builder irqchip(IrqchipMode mode) {
      irqchip = mode;
      return this;
    }

    public Builder accelOptions(Map<String, String> options) {
      accelOptions = options;
      return this;
    }

    public Builder boot(Boot kernel) {
      boot = kernel;
      return this;
    }

    public Builder firmware(FirmwareConfig config) {
      firmware = config;
      return this;
    }

    public Builder rtc(LocalDateTime time) {
      rtc = time;
      return this;
    }

    public Builder debugcon(int port) {
      debugcon = port;
      return this;
    }

    public Builder debugExit(DebugExit exit) {
      debugExit = exit;
      return this;
    }

    public Builder testDevices(TestDevices devices) {
      testDevices = devices;
      return this;
    }

    public Builder endsAtReset(boolean ends) {
      endsAtReset = ends;
      return this;
    }

    public Builder staysAtPowerOff(boolean stays) {
      staysAtPowerOff = stays;
      return this;
    }

    public Builder timedExits(boolean timed) {
      timedExits = timed;
      return this;
    }

    /**
     * The PC.
     *
     * @throws IllegalArgumentException if there is nothing that it could start with
     */
    public PcConfig build() {
      return new PcConfig(
          ram,
          vcpus,
          cpu,
          irqchip,
          accelOptions,
          boot,
          firmware,
          rtc,
          debugcon,
          debugExit,
          testDevices,
          endsAtReset,
          staysAtPowerOff,
          timedExits);
    }
  }
}
