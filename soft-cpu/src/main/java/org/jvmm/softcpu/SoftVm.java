package org.jvmm.softcpu;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.core.accel.Vcpu;
import org.jvmm.core.accel.VirtualMachine;
import org.jvmm.core.accel.VmConfig;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.irq.MsiTarget;
import org.jvmm.core.mem.GuestMemory;
import org.jvmm.core.mem.MemoryListener;
import org.jvmm.core.mem.MemorySlot;
import org.jvmm.core.run.FailureReport;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.CpuidTable;
import org.jvmm.softcpu.cpu.Events;
import org.jvmm.softcpu.exec.CodeCache;
import org.jvmm.softcpu.exec.Features;
import org.jvmm.softcpu.exec.Interpreter;
import org.jvmm.softcpu.mmu.PhysicalMemory;

/** A guest on the CPU in Java. */
final class SoftVm implements VirtualMachine {
  private static final long PAGE = 1L << GuestMemory.PAGE_SHIFT;

  private final VmConfig config;
  private final CpuidTable cpuid;
  private final CodeCache code = new CodeCache();
  private final PhysicalMemory memory = new PhysicalMemory(code);
  private final Baton baton;
  private final List<Cpu> cpus = new ArrayList<>();

  /** Pages with decoded code that devices have written. */
  private final Set<Long> written = ConcurrentHashMap.newKeySet();

  /** Changes of the memory map, and of what lies in it, reach the vCPUs between instructions. */
  private final MemoryListener listener =
      new MemoryListener() {
        @Override
        public void added(MemorySlot slot) {
          baton.exclusively(
              () -> {
                memory.added(slot);
                code.codeWritten(slot.gpa(), slot.size()); // an instruction may reach into a hole
              });
        }

        @Override
        public void removed(MemorySlot slot) {
          baton.exclusively(() -> memory.removed(slot));
        }
      };

  private final GuestMemory.DirtyPages deviceWrites = this::deviceWrote;

  SoftVm(VmConfig config) {
    this.config = config;
    cpuid = new CpuidTable(config.cpu(), config.vcpus(), Features::implemented);
    baton = new Baton(config.vcpus());
    code.connect(memory);
    config.memory().addListener(listener);
    config.memory().memory().trackWrites(deviceWrites);
  }

  @Override
  public String accelerator() {
    return SoftAccelerator.NAME;
  }

  @Override
  public synchronized Vcpu createVcpu(int id) {
    Cpu cpu = new Cpu(id, memory, cpuid, config.clock());
    cpus.add(cpu);
    return new SoftVcpu(this, cpu, baton);
  }

  /** Others than vCPUs and devices of this VM may have written its memory. */
  void distrustCode() {
    code.distrust();
  }

  Interpreter interpreter(Cpu cpu, Interpreter.FaultHandler faults) {
    return new Interpreter(cpu, code, memory, faults);
  }

  private void deviceWrote(long page) {
    if (memory.holdsCode(page * PAGE) && written.add(page)) {
      cpus.forEach(cpu -> cpu.events.post(Events.CODE));
    }
  }

  /** Discards decoded code that devices have overwritten; by the vCPU that has the baton. */
  void discardWrittenCode() {
    for (Long page : written) {
      written.remove(page);
      code.codeWritten(page * PAGE, PAGE);
    }
  }

  @Override
  public IrqchipMode irqchip() {
    return IrqchipMode.USER;
  }

  @Override
  public IrqLine irqLine(int gsi) {
    throw new IllegalStateException("soft has no interrupt controllers of its own: GSI " + gsi);
  }

  @Override
  public MsiTarget msi() {
    throw new IllegalStateException("soft has no interrupt controllers of its own");
  }

  /** {@inheritDoc} There are none. */
  @Override
  public void reset() {}

  @Override
  public void logDirty(MemorySlot slot, boolean on) {
    baton.exclusively(() -> memory.logDirty(slot, on));
  }

  @Override
  public void takeDirty(MemorySlot slot, long[] bitmap) {
    baton.exclusively(() -> memory.takeDirty(slot, bitmap));
  }

  @Override
  public <T> Optional<T> capability(Class<T> type) {
    FailureReport report = (vcpu, exit) -> ((SoftVcpu) vcpu).report(memory, exit);
    return type == FailureReport.class ? Optional.of(type.cast(report)) : Optional.empty();
  }

  @Override
  public void close() {
    config.memory().removeListener(listener);
    config.memory().memory().untrackWrites(deviceWrites);
  }
}
