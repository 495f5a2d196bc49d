package org.jvmm.rescue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jvmm.core.accel.Accelerator;
import org.jvmm.core.accel.Availability;
import org.jvmm.core.accel.CpuModel;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.core.accel.VirtualMachine;
import org.jvmm.core.accel.VmConfig;

/** An accelerator whose refused instructions are executed by the CPU in Java. */
public final class RescueAccelerator implements Accelerator {
  /** The option's key. */
  private static final String KEY = "rescue";

  /**
   * Where every instruction is emulated, the guest shall see no feature whose instructions neither
   * the emulator nor the CPU in Java has, nor one whose every use would be a rescue while the guest
   * can do without.
   */
  private static final List<String> HIDDEN =
      List.of(
          "avx",
          "bmi1",
          "bmi2",
          "adx",
          "fsgsbase",
          "invpcid",
          "pcid",
          "pku",
          "sse4a",
          "tbm",
          "lwp",
          "xsaves",
          "xgetbv1",
          "3dnow",
          "3dnowext",
          "monitor",
          "waitpkg",
          "movdiri",
          "movdir64b",
          "erms",
          "fsrm",
          "serialize",
          "gfni",
          "clzero",
          "wbnoinvd",
          "rdpid");

  private final Accelerator inner;

  /** What {@link #inner} is here; null until it has been asked, which may take a probe guest. */
  private Availability found;

  /**
   * @param inner what runs the guest but for what it refuses
   */
  public RescueAccelerator(Accelerator inner) {
    this.inner = inner;
  }

  @Override
  public String name() {
    return inner.name();
  }

  @Override
  public Availability availability() {
    Availability is = found();
    return is.usable() && !is.hardware()
        ? new Availability(true, false, is.why() + "; with rescue=on the guest goes on in Java")
        : is;
  }

  /** Where the accelerator emulates, the board's: they serve the CPU in Java as well. */
  @Override
  public IrqchipMode bestIrqchip(Map<String, String> options) {
    boolean rescues = mode(options.get(KEY)) == RescueMode.ON;
    return rescues && emulates() ? IrqchipMode.USER : inner.bestIrqchip(options);
  }

  private RescueMode mode(String value) {
    return value == null ? RescueMode.ON : RescueMode.parse(inner.name(), value);
  }

  private Availability found() {
    if (found == null) {
      found = inner.availability();
    }
    return found;
  }

  private boolean emulates() {
    return !found().hardware();
  }

  @Override
  public VirtualMachine createVm(VmConfig config) {
    Map<String, String> options = new HashMap<>(config.options());
    RescueMode mode = mode(options.remove(KEY));
    boolean complete = mode == RescueMode.ON && emulates();
    if (complete && config.irqchip() == IrqchipMode.USER) {
      return new TakeoverVm(inner, with(config, config.cpu(), options));
    }
    CpuModel cpu = complete ? withoutHidden(config.cpu()) : config.cpu();
    VmConfig rest = with(config, cpu, options);
    VirtualMachine vm = inner.createVm(rest);
    return mode == RescueMode.OFF ? vm : new RescueVm(vm, rest, mode, complete);
  }

  /** The configuration with another CPU and other options. */
  static VmConfig with(VmConfig config, CpuModel cpu, Map<String, String> options) {
    return new VmConfig(
        config.vcpus(), cpu, config.irqchip(), config.memory(), config.clock(), options);
  }

  /** What the user asked for stays. */
  private static CpuModel withoutHidden(CpuModel model) {
    List<String> minus = new ArrayList<>(model.minus());
    for (String name : HIDDEN) {
      if (!model.plus().contains(name)) {
        minus.add(name);
      }
    }
    return new CpuModel(model.name(), model.plus(), minus);
  }
}
