package org.jvmm.rescue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jvmm.core.accel.Accelerator;
import org.jvmm.core.accel.CpuModel;
import org.jvmm.core.accel.CpuidSource;
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
import org.jvmm.core.time.VmClock;
import org.jvmm.softcpu.SoftAccelerator;
import org.jvmm.softcpu.SoftVcpu;

/**
 * A guest of an accelerator that emulates every instruction, more slowly than the CPU in Java: from
 * the first instruction that it refuses, all vCPUs go on in Java. The guest notices nothing: memory
 * is shared, the interrupt controllers are the board's, CPUID is the same in both as far as the
 * accelerator obeys.
 */
final class TakeoverVm implements VirtualMachine {
  /**
   * What the guest is not told of: bits of CR4 and MSRs that the accelerator's host may not have,
   * and the APIC's deadline, which the accelerator takes for that of an APIC of its own.
   */
  private static final List<String> HIDDEN =
      List.of(
          "umip",
          "fsgsbase",
          "pcid",
          "invpcid",
          "smep",
          "smap",
          "spec_ctrl",
          "bhi_ctrl",
          "arch_capabilities",
          "tsc-deadline");

  /** Nanoseconds that the accelerator has. */
  private static final long PROBATION = 100_000_000;

  private final VirtualMachine kvm;
  private final VirtualMachine java;
  private final RescueStats stats = new RescueStats();
  private final Standstill standstill = new Standstill();
  private final List<TakeoverVcpu> vcpus = new CopyOnWriteArrayList<>();
  private final VmClock clock;
  private long tscOffset;
  private volatile boolean due;
  private volatile boolean takenOver;

  /**
   * @param accelerator the emulator
   * @param config whose interrupt controllers are {@link IrqchipMode#USER}
   */
  TakeoverVm(Accelerator accelerator, VmConfig config) {
    kvm = accelerator.createVm(RescueAccelerator.with(config, CpuModel.HOST, config.options()));
    try {
      CpuidSource cpuid = kvm.capability(CpuidSource.class).orElseThrow();
      VmConfig soft = RescueAccelerator.with(config, model(config.cpu()), Map.of());
      java = new SoftAccelerator().createVm(soft);
      cpuid.answer(this::cpuid);
      clock = config.clock();
      clock.timer(this, this::expire).arm(clock.nanos() + PROBATION);
    } catch (RuntimeException e) {
      kvm.close();
      throw e;
    }
  }

  private static CpuModel model(CpuModel wanted) {
    List<String> minus = new ArrayList<>(wanted.minus());
    HIDDEN.stream().filter(name -> !wanted.plus().contains(name)).forEach(minus::add);
    return new CpuModel(wanted.name(), wanted.plus(), minus);
  }

  private void expire() {
    due = true;
    vcpus.forEach(TakeoverVcpu::disturb);
  }

  /** Whether it is time to go on in Java, unless that is so already. */
  boolean due() {
    return due;
  }

  private void cpuid(int vcpu, int leaf, int subleaf, int[] out) {
    made.cpuid(leaf, subleaf, out);
  }

  /** The vCPU in Java whose counterpart is being made. */
  private SoftVcpu made;

  @Override
  public synchronized Vcpu createVcpu(int id) {
    made = (SoftVcpu) java.createVcpu(id);
    TakeoverVcpu vcpu = new TakeoverVcpu(this, kvm.createVcpu(id), made);
    vcpus.add(vcpu);
    return vcpu;
  }

  /** Whether no vCPU runs in the accelerator any more. */
  boolean takenOver() {
    return takenOver;
  }

  /** Gets all vCPUs out of the accelerator, for ever; one of them asks, which is out. */
  void takeOver(TakeoverVcpu by) {
    standstill.enter(by);
    standstill.alone(by, () -> takenOver = true);
    standstill.leave(by);
  }

  /**
   * The time-stamp counters in Java, less VM time, by what the first vCPU's was in the accelerator:
   * from there they go on, the same in all.
   */
  synchronized long tscOffset(long seen) {
    if (tscOffset == 0) {
      tscOffset = seen - clock.nanos();
    }
    return tscOffset;
  }

  Standstill standstill() {
    return standstill;
  }

  RescueStats stats() {
    return stats;
  }

  void forget(TakeoverVcpu vcpu) {
    vcpus.remove(vcpu);
  }

  @Override
  public String accelerator() {
    return kvm.accelerator();
  }

  @Override
  public IrqchipMode irqchip() {
    return IrqchipMode.USER;
  }

  @Override
  public IrqLine irqLine(int gsi) {
    return kvm.irqLine(gsi);
  }

  @Override
  public MsiTarget msi() {
    return kvm.msi();
  }

  /** {@inheritDoc} The guest stays where it is: what needed Java will need it again. */
  @Override
  public void reset() {
    kvm.reset();
    java.reset();
  }

  @Override
  public void logDirty(MemorySlot slot, boolean on) {
    kvm.logDirty(slot, on);
    java.logDirty(slot, on);
  }

  @Override
  public void takeDirty(MemorySlot slot, long[] bitmap) {
    kvm.takeDirty(slot, bitmap);
    java.takeDirty(slot, bitmap);
  }

  /** What past the run loop only the accelerator could do is not offered. */
  @Override
  public <T> Optional<T> capability(Class<T> type) {
    if (type == StatsTable.class || type == RescueStats.class) {
      return Optional.of(type.cast(stats));
    }
    FailureReport report = this::report;
    return type == FailureReport.class ? Optional.of(type.cast(report)) : Optional.empty();
  }

  private String report(Vcpu vcpu, VcpuExit exit) {
    TakeoverVcpu own = (TakeoverVcpu) vcpu;
    VirtualMachine vm = own.inJava() ? java : kvm;
    return vm.capability(FailureReport.class).orElseThrow().describe(own.current(), exit);
  }

  @Override
  public void close() {
    vcpus.forEach(TakeoverVcpu::close);
    java.close();
    kvm.close();
  }
}
