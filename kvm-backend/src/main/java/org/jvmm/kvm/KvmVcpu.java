package org.jvmm.kvm;

import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.CpuState.Activity;
import org.jvmm.core.accel.CpuState.Part;
import org.jvmm.core.accel.DebugRegisters;
import org.jvmm.core.accel.ExitReason;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.core.accel.Vcpu;
import org.jvmm.core.accel.VcpuExit;
import org.jvmm.core.irq.InterruptSource;
import org.jvmm.kvm.abi.KvmAbi;
import org.jvmm.kvm.abi.KvmStructs.kvm_guest_debug;
import org.jvmm.kvm.nativecall.Errno;
import org.jvmm.kvm.nativecall.NativeCalls.PreparedIoctl;
import org.jvmm.kvm.nativecall.NativeMemory;

/** A vCPU's file descriptor, its kvm_run page and what moves its state. */
final class KvmVcpu implements Vcpu {
  /** Bits of {@link #pins}; a start-up vector is in bits 15:8. */
  private static final int PIN_NMI = 1, PIN_INIT = 2, PIN_STARTUP = 4;

  private static final Set<Part> INIT_PARTS = Set.of(Part.GENERAL, Part.SYSTEM, Part.EVENTS);
  private static final Set<Part> ALL = EnumSet.allOf(Part.class);

  private final int id;
  private final KvmVm vm;
  private final KvmFd fd;
  private final NativeMemory run;
  private final NativeMemory struct;
  private final KickSignal signal;
  private final KvmExit exit;

  /** Used where a debugger looks at each exit, and where KVM leaves instructions to others. */
  private final SyncedRegs synced;

  /** KVM looks at the registers at each entry, for a debugger. */
  private boolean debugged;

  private final PreparedIoctl enter;
  private final VcpuState state;
  private final VcpuMsrs msrs;

  /** What RESET brings back, and most of it INIT. */
  private final CpuState powerOn = new CpuState();

  private final AtomicInteger pins = new AtomicInteger();

  private final CoalescedRing coalesced;

  /** Null where KVM has all interrupt controllers. */
  private final InterruptInjector injector;

  /** With userspace controllers: what the vCPU does; otherwise KVM knows. */
  private Activity activity = Activity.RUNNING;

  KvmVcpu(KvmVm vm, int id, KvmFd fd, VmFacts facts) {
    this.id = id;
    this.vm = vm;
    this.fd = fd;
    this.run = NativeMemory.shared(fd.calls(), fd.number(), facts.vcpuMmapSize());
    this.struct = new NativeMemory(fd.calls(), facts.scratchSize());
    this.signal = new KickSignal(fd, run.address());
    this.exit = new KvmExit(run.address());
    this.synced = new SyncedRegs(run, facts.syncRegs());
    this.enter = fd.calls().prepareIoctl(fd.number(), KvmAbi.KVM_RUN, 0);
    this.state = new VcpuState(fd, struct, facts.xsaveSize(), facts.sregs2());
    this.msrs = new VcpuMsrs(fd, struct, facts.msrIndexes());
    this.injector =
        vm.irqchip() == IrqchipMode.KERNEL
            ? null
            : new InterruptInjector(fd, run, vm.irqchip() == IrqchipMode.USER);
    this.coalesced = vm.coalesced();
    coalesced.mapped(run.address());
    if (facts.tscKhz() > 0) {
      fd.ioctl(KvmAbi.KVM_SET_TSC_KHZ, facts.tscKhz());
    }
    setCpuid(vm.cpuidOf(id, fd));
    if (vm.irqchip() == IrqchipMode.USER && id != 0) {
      activity = Activity.UNINITIALIZED;
    }
    save(powerOn, ALL);
    powerOn.msrs.put(VcpuMsrs.TSC, 0); // the same for all vCPUs: then KVM keeps them together
  }

  private void setCpuid(CpuidTable table) {
    try (NativeMemory memory = new NativeMemory(fd.calls(), table.structSize())) {
      table.write(memory);
      fd.ioctl(KvmAbi.KVM_SET_CPUID2, memory.address(), "with %d entries", table.entries().size());
    }
  }

  @Override
  public int id() {
    return id;
  }

  @Override
  public VcpuExit run() {
    while (true) {
      if (activity != Activity.RUNNING && !awake()) {
        return idle();
      }
      int result = enterGuest();
      if (result == -Errno.EINTR) {
        signal.obeyed();
        signal.leave();
        afterExit();
        return exit.is(ExitReason.INTERRUPTED);
      }
      signal.leave();
      if (result >= 0) {
        afterExit();
        if (isForCaller(exit.decode())) {
          return exit;
        }
      } else if (result != -Errno.EAGAIN) { // EAGAIN: woken by INIT or SIPI, not yet running
        throw new KvmException("vcpu %d KVM_RUN exit=%d".formatted(id, exit.number()), -result);
      }
    }
  }

  /** KVM_RUN, with what the guest shall find put in first; the caller leaves the signal's guard. */
  private int enterGuest() {
    signal.enter();
    try {
      if (pins.get() != 0) {
        takePins();
      }
      if (injector != null) {
        injector.beforeEntry();
      }
    } catch (RuntimeException e) {
      signal.leave();
      throw e;
    }
    int result = enter.call();
    synced.entered();
    return result;
  }

  private void afterExit() {
    coalesced.drain();
    if (injector != null) {
      injector.afterExit();
    }
  }

  /** Handles exits that only this backend knows. */
  private boolean isForCaller(KvmExit last) {
    if (last.reason() == ExitReason.UNKNOWN) {
      return injector == null || !injector.handles(last.number());
    }
    if (last.reason() == ExitReason.HALTED) {
      activity = Activity.HALTED;
    } else if (last.reason() == ExitReason.EMULATION_FAILURE) {
      synced.want(true); // where there is one, more follow
    }
    return true;
  }

  /** With userspace controllers: whether an event ends HLT or the wait for SIPI. */
  private boolean awake() {
    if (pins.get() != 0) {
      takePins();
    }
    if (activity == Activity.HALTED && injector.canInterrupt()) {
      activity = Activity.RUNNING;
    }
    return activity == Activity.RUNNING;
  }

  private VcpuExit idle() {
    if (!signal.kicked()) {
      return exit.is(ExitReason.HALTED); // a kick that comes now is the next run's
    }
    signal.obeyed();
    return exit.is(ExitReason.INTERRUPTED);
  }

  @Override
  public void kick() {
    signal.kick();
  }

  @Override
  public void connect(InterruptSource source) {
    if (injector == null) {
      throw new IllegalStateException("the interrupt controllers are KVM's");
    }
    injector.connect(source);
  }

  @Override
  public void interruptPending() {
    signal.poke();
  }

  @Override
  public void nmi() {
    raise(PIN_NMI);
  }

  @Override
  public void init() {
    raise(PIN_INIT);
  }

  @Override
  public void startup(int vector) {
    raise(PIN_STARTUP | (vector & 0xff) << 8);
  }

  private void raise(int pin) {
    pins.accumulateAndGet(
        pin, (old, now) -> (now & PIN_STARTUP) != 0 ? old & 0xff | now : old | now);
    signal.poke();
  }

  /** On the vCPU's thread: KVM_NMI and the state requests would wait for KVM_RUN to end. */
  private void takePins() {
    int now = pins.getAndSet(0);
    if ((now & PIN_INIT) != 0) {
      initialize();
    }
    if ((now & PIN_STARTUP) != 0) {
      startAt(now >> 8 & 0xff);
    }
    if ((now & PIN_NMI) != 0) {
      fd.ioctl(KvmAbi.KVM_NMI, 0);
      if (activity == Activity.HALTED) {
        activity = Activity.RUNNING;
      }
    }
  }

  /** INIT (SDM vol. 3 table 9-1): as power-on, but caching, the APIC base and the FPU stay. */
  private void initialize() {
    CpuState now = new CpuState();
    save(now, INIT_PARTS);
    long caching = 3L << 29; // CR0.CD and NW
    long cr0 = powerOn.cr0;
    long apicBase = powerOn.apicBase;
    Activity first = powerOn.activity;
    powerOn.cr0 = cr0 & ~caching | now.cr0 & caching;
    powerOn.apicBase = now.apicBase;
    powerOn.activity = id == 0 ? Activity.RUNNING : Activity.WAIT_FOR_SIPI;
    restore(powerOn, INIT_PARTS);
    powerOn.cr0 = cr0;
    powerOn.apicBase = apicBase;
    powerOn.activity = first;
  }

  private void startAt(int vector) {
    CpuState now = new CpuState();
    save(now, INIT_PARTS);
    if (now.activity == Activity.WAIT_FOR_SIPI || now.activity == Activity.UNINITIALIZED) {
      now.segments[CpuState.CS].selector = vector << 8;
      now.segments[CpuState.CS].base = (long) vector << 12;
      now.rip = 0;
      now.activity = Activity.RUNNING;
      now.sipiVector = -1;
      restore(now, INIT_PARTS);
    }
  }

  @Override
  public void reset() {
    pins.set(0);
    restore(powerOn, ALL);
  }

  @Override
  public void save(CpuState into, Set<Part> parts) {
    if (parts.contains(Part.GENERAL)) {
      if (synced.valid()) {
        synced.read(into, Part.GENERAL);
      } else {
        state.saveGeneral(into);
      }
    }
    if (parts.contains(Part.SYSTEM)) {
      if (synced.valid()) {
        synced.read(into, Part.SYSTEM);
      } else {
        state.saveSystem(into);
      }
    }
    if (parts.contains(Part.DEBUG)) {
      state.saveDebug(into);
    }
    if (parts.contains(Part.MSRS)) {
      msrs.save(into);
    }
    if (parts.contains(Part.FPU)) {
      state.saveFpu(into);
    }
    if (parts.contains(Part.APIC)) {
      if (apicInKernel()) {
        state.saveApic(into);
      } else {
        into.lapic = null;
      }
    }
    if (parts.contains(Part.EVENTS)) {
      if (handedOver()) {
        synced.read(into, Part.EVENTS);
      } else {
        state.saveEvents(into);
      }
      if (!apicInKernel()) {
        into.activity = activity;
        into.sipiVector = -1;
      }
    }
  }

  /** The order matters: APIC base before the APIC, the APIC before its deadline MSR. */
  @Override
  public void restore(CpuState from, Set<Part> parts) {
    boolean handedOver = handedOver();
    if (!handedOver) {
      synced.overtaken();
    }
    if (parts.contains(Part.SYSTEM)) {
      if (handedOver) {
        synced.write(from, Part.SYSTEM);
      } else {
        state.restoreSystem(from);
      }
    }
    if (parts.contains(Part.GENERAL)) {
      if (handedOver) {
        synced.write(from, Part.GENERAL);
      } else {
        state.restoreGeneral(from);
      }
    }
    if (parts.contains(Part.FPU)) {
      state.restoreFpu(from);
    }
    if (parts.contains(Part.APIC) && apicInKernel() && from.lapic != null) {
      state.restoreApic(from);
    }
    if (parts.contains(Part.MSRS)) {
      msrs.restore(from);
    }
    if (parts.contains(Part.DEBUG)) {
      state.restoreDebug(from);
    }
    if (parts.contains(Part.EVENTS)) {
      restoreEvents(from, handedOver);
    }
  }

  private void restoreEvents(CpuState from, boolean handedOver) {
    if (handedOver) {
      synced.write(from, Part.EVENTS);
      if (apicInKernel() && from.activity != Activity.RUNNING) {
        state.restoreActivity(from);
      }
    } else {
      state.restoreEvents(from, apicInKernel());
    }
    if (!apicInKernel()) {
      activity = from.activity;
    }
  }

  /**
   * KVM left an instruction to us, with the state in kvm_run: the cheapest way back is the same.
   */
  private boolean handedOver() {
    return synced.valid() && !debugged && exit.reason() == ExitReason.EMULATION_FAILURE;
  }

  private boolean apicInKernel() {
    return vm.irqchip() != IrqchipMode.USER;
  }

  @Override
  public void debug(boolean singleStep, boolean softwareBreakpoints, DebugRegisters hardware) {
    boolean any = singleStep || softwareBreakpoints || hardware != null;
    int control =
        (any ? KvmAbi.KVM_GUESTDBG_ENABLE : 0)
            | (singleStep ? KvmAbi.KVM_GUESTDBG_SINGLESTEP : 0)
            | (softwareBreakpoints ? KvmAbi.KVM_GUESTDBG_USE_SW_BP : 0)
            | (hardware != null ? KvmAbi.KVM_GUESTDBG_USE_HW_BP : 0);
    struct.clear(kvm_guest_debug.sizeof);
    struct.putInt(kvm_guest_debug.control, control);
    if (hardware != null) {
      long[] registers = {
        hardware.dr0(), hardware.dr1(), hardware.dr2(), hardware.dr3(), 0, 0, 0, hardware.dr7()
      };
      for (int i = 0; i < registers.length; i++) {
        struct.putLong(kvm_guest_debug.arch_debugreg + 8 * i, registers[i]);
      }
    }
    fd.ioctl(KvmAbi.KVM_SET_GUEST_DEBUG, struct.address(), "control=%#x", control);
    debugged = any;
    synced.want(any);
  }

  KvmFd fd() {
    return fd;
  }

  /** Host address of struct kvm_run, for reports. */
  long runAddress() {
    return run.address();
  }

  @Override
  public void close() {
    vm.forget(this);
    coalesced.unmapped(run.address());
    if (injector != null) {
      injector.close();
    }
    signal.close();
    fd.close();
    run.close();
    struct.close();
  }
}
