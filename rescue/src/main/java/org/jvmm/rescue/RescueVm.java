package org.jvmm.rescue;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.core.accel.Vcpu;
import org.jvmm.core.accel.VcpuExit;
import org.jvmm.core.accel.VirtualMachine;
import org.jvmm.core.accel.VmConfig;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.irq.MsiTarget;
import org.jvmm.core.mem.MemorySlot;
import org.jvmm.core.run.FailureReport;
import org.jvmm.core.stats.StatsTable;

/** A VM of the accelerator with vCPUs that are rescued. */
final class RescueVm implements VirtualMachine {
  private final VirtualMachine inner;
  private final VmConfig config;
  private final RescueMode mode;
  private final boolean complete;
  private final Standstill standstill = new Standstill();
  private final RescueStats stats = new RescueStats();
  private final List<RescueVcpu> vcpus = new CopyOnWriteArrayList<>();

  /** Slots whose dirty log is on, for vCPUs that begin to need rescue later. */
  private final List<MemorySlot> logged = new CopyOnWriteArrayList<>();

  /**
   * @param complete whether the CPU in Java knows all instructions that the guest may use
   */
  RescueVm(VirtualMachine inner, VmConfig config, RescueMode mode, boolean complete) {
    this.inner = inner;
    this.config = config;
    this.mode = mode;
    this.complete = complete;
  }

  VmConfig config() {
    return config;
  }

  RescueMode mode() {
    return mode;
  }

  boolean complete() {
    return complete;
  }

  Standstill standstill() {
    return standstill;
  }

  RescueStats stats() {
    return stats;
  }

  List<MemorySlot> logged() {
    return logged;
  }

  @Override
  public String accelerator() {
    return inner.accelerator();
  }

  @Override
  public Vcpu createVcpu(int id) {
    RescueVcpu vcpu = new RescueVcpu(this, inner.createVcpu(id));
    vcpus.add(vcpu);
    return vcpu;
  }

  void forget(RescueVcpu vcpu) {
    vcpus.remove(vcpu);
  }

  @Override
  public IrqchipMode irqchip() {
    return inner.irqchip();
  }

  @Override
  public IrqLine irqLine(int gsi) {
    return inner.irqLine(gsi);
  }

  @Override
  public MsiTarget msi() {
    return inner.msi();
  }

  @Override
  public void reset() {
    inner.reset();
  }

  @Override
  public synchronized void logDirty(MemorySlot slot, boolean on) {
    inner.logDirty(slot, on);
    if (on) {
      logged.add(slot);
    } else {
      logged.remove(slot);
    }
    vcpus.forEach(vcpu -> vcpu.logDirty(slot, on));
  }

  @Override
  public synchronized void takeDirty(MemorySlot slot, long[] bitmap) {
    inner.takeDirty(slot, bitmap);
    vcpus.forEach(vcpu -> vcpu.takeDirty(slot, bitmap));
  }

  @Override
  public <T> Optional<T> capability(Class<T> type) {
    if (type == StatsTable.class || type == RescueStats.class) {
      return Optional.of(type.cast(stats));
    }
    if (type == FailureReport.class) {
      return inner.capability(FailureReport.class).map(report -> type.cast(ofInner(report)));
    }
    return inner.capability(type);
  }

  private static FailureReport ofInner(FailureReport report) {
    return (Vcpu vcpu, VcpuExit exit) -> {
      RescueVcpu own = (RescueVcpu) vcpu;
      String why = own.whyNot();
      return report.describe(own.inner(), exit) + (why.isEmpty() ? "" : "\nrescue: " + why);
    };
  }

  @Override
  public void close() {
    vcpus.forEach(RescueVcpu::close);
    inner.close();
  }
}
