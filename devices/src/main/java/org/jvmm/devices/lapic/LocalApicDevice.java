package org.jvmm.devices.lapic;

import static org.jvmm.devices.lapic.ApicReg.LVT_ERROR;
import static org.jvmm.devices.lapic.ApicReg.LVT_LINT0;
import static org.jvmm.devices.lapic.ApicReg.LVT_LINT1;
import static org.jvmm.devices.lapic.ApicReg.LVT_TIMER;

import java.util.Arrays;
import java.util.List;
import org.jvmm.core.bus.MmioDevice;
import org.jvmm.core.device.Resettable;
import org.jvmm.core.device.SnapshotException;
import org.jvmm.core.device.Snapshotable;
import org.jvmm.core.irq.InterruptSource;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.irq.LocalApic;
import org.jvmm.core.irq.VcpuPins;
import org.jvmm.core.time.VmClock;
import org.jvmm.devices.lapic.ApicReg.Base;
import org.jvmm.devices.lapic.ApicReg.Esr;
import org.jvmm.devices.lapic.ApicReg.Icr;
import org.jvmm.devices.lapic.ApicReg.Lvt;
import org.jvmm.devices.lapic.ApicReg.Mode;
import org.jvmm.devices.lapic.ApicReg.Svr;

/**
 * A local APIC: the xAPIC page (as an {@link MmioDevice} behind a {@link LapicWindow}), the x2APIC
 * MSRs, the LINT pins and the timer.
 *
 * <p>The registers belong to the vCPU's thread; interrupts come from any thread. One private lock
 * guards all of it, and nothing but the clock and the vCPU's pins is called while it is held (see
 * the package's lock order). {@link #pending()} reads one volatile field.
 *
 * <p>Deviations: the APIC id is read-only, as on recent processors; a vCPU that writes its TSC
 * while a TSC deadline is armed keeps the old expiry; physical addresses of 52 bits are legal in
 * IA32_APIC_BASE.
 */
public final class LocalApicDevice
    implements LocalApic, MmioDevice, Resettable, Snapshotable<LocalApicDevice.State> {
  /** Where the register page is after reset. */
  public static final long DEFAULT_BASE = 0xfee0_0000L;

  /** Size of the register page in bytes. */
  public static final long WINDOW = 0x1000;

  /** An integrated APIC of six LVT entries that can suppress EOI broadcasts. */
  private static final int VERSION = 0x14 | (ApicReg.LVTS - 1) << 16 | 1 << 24;

  private static final int X2APIC_MSRS = 0x800;
  private static final int IA32_TSC_DEADLINE = 0x6e0;

  // Configuration
  private final int id;

  // Glue
  private final Object lock = new Object();
  private final ApicBus bus;
  private final VcpuPins pins;
  private final InterruptSource pic;
  private final ApicTimer timer;
  private volatile Runnable baseListener = () -> {};
  private long msrValue;

  // Volatile state: fields that are volatile are read without the lock.
  private volatile long apicBase;
  private int tpr;
  private volatile int ldr;
  private volatile int dfr;
  private volatile int svr;
  private int esr;

  /** Errors since the last write to ESR. */
  private int errors;

  private long icr;
  private final int[] lvt = new int[ApicReg.LVTS];
  private final VectorSet irr = new VectorSet();
  private final VectorSet isr = new VectorSet();
  private final VectorSet tmr = new VectorSet();

  /** An ExtINT message came and its INTA did not yet. */
  private boolean extInt;

  /** Levels of LINT0 and LINT1: the wires', so reset leaves them. */
  private final boolean[] lint = new boolean[2];

  // Computed by update()
  private volatile int ppr;
  private volatile boolean pending;

  /**
   * A local APIC after RESET, joined to the bus.
   *
   * @param id the APIC id, 0 for the bootstrap processor
   * @param pins the vCPU's; {@code interruptPending()} may be called with this APIC's lock held and
   *     must not call back but for {@link #pending()}
   * @param pic answers INTA for ExtINT
   */
  public LocalApicDevice(
      int id, ApicBus bus, VcpuPins pins, InterruptSource pic, VmClock clock, Tsc tsc) {
    this.id = id;
    this.bus = bus;
    this.pins = pins;
    this.pic = pic;
    this.timer = new ApicTimer(clock, lock, tsc, () -> accept(lvt(LVT_TIMER) & Lvt.VECTOR, false));
    reset();
    bus.join(this);
  }

  /** The pin that leads to the 8259 pair's INTR in virtual wire mode. */
  public IrqLine lint0() {
    return high -> driveLint(0, high);
  }

  /** The pin that is NMI in virtual wire mode. */
  public IrqLine lint1() {
    return high -> driveLint(1, high);
  }

  /** Who hears that IA32_APIC_BASE changed: the window, which follows the page. */
  void onBaseChange(Runnable listener) {
    baseListener = listener;
  }

  /**
   * Leaves the APIC as firmware does on the bootstrap processor: enabled, LINT0 for the 8259s,
   * LINT1 for NMI (MultiProcessor Specification 1.4 section 3.6.2.2, virtual wire mode). For boards
   * that start a kernel without firmware.
   */
  public void virtualWire() {
    synchronized (lock) {
      writeSvr(Svr.ENABLE | 0xff);
      writeLvt(LVT_LINT0, Mode.EXTINT << 8);
      writeLvt(LVT_LINT1, Mode.NMI << 8);
    }
  }

  // The vCPU's side

  @Override
  public boolean pending() {
    return pending;
  }

  @Override
  public int acknowledge() {
    synchronized (lock) {
      if (!extIntPending()) {
        int vector = irr.highest();
        if (!pending || vector < 0) {
          return -1;
        }
        irr.set(vector, false);
        isr.set(vector, true);
        update();
        return vector;
      }
      extInt = false;
      update();
    }
    return pic.acknowledge(); // its INTR is our LINT0: no lock may be held
  }

  @Override
  public int readCr8() {
    synchronized (lock) {
      return tpr >> 4;
    }
  }

  @Override
  public void writeCr8(int value) {
    writeTpr((value & 0xf) << 4);
  }

  private void writeTpr(int value) {
    synchronized (lock) {
      tpr = value & 0xff;
      update();
    }
  }

  @Override
  public long apicBase() {
    return apicBase;
  }

  /** {@inheritDoc} The legal transitions are those of SDM vol. 3 figure 11-27. */
  @Override
  public boolean setApicBase(long value) {
    long modeBits = Base.ENABLE | Base.X2APIC;
    long from = apicBase & modeBits;
    long to = value & modeBits;
    boolean legal =
        (value & ~(Base.ADDRESS | Base.BSP | modeBits)) == 0
            && to != Base.X2APIC
            && !(from == modeBits && to == Base.ENABLE)
            && !(from == 0 && to == modeBits);
    if (!legal) {
      return false;
    }
    synchronized (lock) {
      apicBase = value;
      if (to == 0 && from != 0) {
        clearRegisters();
      } else if (to == modeBits && from != to) {
        ldr = x2apicLdr();
        icr &= 0xffff_ffffL;
      }
      update();
    }
    baseListener.run();
    return true;
  }

  private boolean enabled() {
    return (apicBase & Base.ENABLE) != 0;
  }

  private boolean x2apic() {
    return (apicBase & Base.X2APIC) != 0;
  }

  /** The page's address, or -1 when no page answers. */
  long page() {
    return enabled() && !x2apic() ? apicBase & Base.ADDRESS : -1;
  }

  // The bus's side

  /** Whether a destination names this APIC (SDM vol. 3 sections 11.6.2 and 11.12.10). */
  boolean matches(int destination, boolean logical) {
    if (!enabled()) {
      return false;
    }
    if (destination == ApicBus.BROADCAST) {
      return true;
    }
    if (!logical) {
      return destination == id;
    }
    if (x2apic()) {
      return destination >>> 16 == ldr >>> 16 && (destination & ldr & 0xffff) != 0;
    }
    int name = ldr >>> 24;
    return destination >>> 8 == 0
        && switch (dfr >>> 28) {
          case 0xf -> (destination & name) != 0;
          case 0x0 -> destination >> 4 == name >> 4 && (destination & name & 0xf) != 0;
          default -> false;
        };
  }

  boolean acceptsInterrupts() {
    return enabled() && (svr & Svr.ENABLE) != 0;
  }

  int processorPriority() {
    return ppr;
  }

  /** Takes an interrupt from the bus; one that this APIC cannot take is lost. */
  void deliver(int mode, int vector, boolean level) {
    if (!enabled()) {
      return;
    }
    switch (mode) {
      case Mode.FIXED -> {
        synchronized (lock) {
          accept(vector, level);
        }
      }
      case Mode.NMI -> pins.nmi();
      case Mode.INIT -> {
        synchronized (lock) {
          clearRegisters();
          update();
        }
        pins.init();
      }
      case Mode.STARTUP -> pins.startup(vector);
      case Mode.EXTINT -> {
        synchronized (lock) {
          extInt = true;
          update();
        }
      }
      default -> {} // SMI and reserved
    }
  }

  private void driveLint(int pin, boolean high) {
    boolean nmi;
    synchronized (lock) {
      boolean rises = high && !lint[pin];
      lint[pin] = high;
      nmi = rises && lintIsNmi(pin);
      if (pin == 0) {
        acceptLint0(rises);
      } else if (rises && lintMode(pin) == Mode.FIXED) {
        accept(lvt(LVT_LINT1) & Lvt.VECTOR, false); // LINT1 is always edge (section 11.5.1)
      }
    }
    if (nmi) {
      pins.nmi();
    }
  }

  /** The delivery mode of a LINT entry, or -1 when it is masked or the APIC is disabled. */
  private int lintMode(int pin) {
    int entry = lvt(LVT_LINT0 + pin);
    return !enabled() || (entry & Lvt.MASKED) != 0 ? -1 : (entry & Lvt.MODE) >> 8;
  }

  /** A disabled APIC hands its pins through: LINT0 is INTR, LINT1 is NMI (section 11.4.3). */
  private boolean lintIsNmi(int pin) {
    return enabled() ? lintMode(pin) == Mode.NMI : pin == 1;
  }

  private void acceptLint0(boolean rises) {
    int entry = lvt(LVT_LINT0);
    if (lintMode(0) == Mode.FIXED) {
      if ((entry & Lvt.LEVEL) == 0) {
        if (rises) {
          accept(entry & Lvt.VECTOR, false);
        }
      } else if (lint[0] && (entry & Lvt.REMOTE_IRR) == 0) {
        lvt[LVT_LINT0 - LVT_TIMER] |= Lvt.REMOTE_IRR;
        accept(entry & Lvt.VECTOR, true);
      }
    }
    update();
  }

  private boolean extIntPending() {
    return extInt || lint[0] && (!enabled() || lintMode(0) == Mode.EXTINT);
  }

  private int lvt(int register) {
    return lvt[register - LVT_TIMER];
  }

  private void accept(int vector, boolean level) {
    if (!acceptsInterrupts()) {
      return;
    }
    if (vector < 16) {
      error(Esr.RECEIVED_ILLEGAL_VECTOR);
      return;
    }
    irr.set(vector, true);
    tmr.set(vector, level);
    update();
  }

  private void error(int bit) {
    errors |= bit;
    int entry = lvt(LVT_ERROR);
    int vector = entry & Lvt.VECTOR;
    if ((entry & Lvt.MASKED) == 0 && vector >= 16) {
      accept(vector, false);
    }
  }

  /** Computes PPR and INTR (section 11.8.3.1). */
  private void update() {
    int serving = Math.max(0, isr.highest());
    ppr = (tpr & 0xf0) >= (serving & 0xf0) ? tpr : serving & 0xf0;
    boolean intr = irr.highest() >> 4 > ppr >> 4 || extIntPending();
    boolean rises = intr && !pending;
    pending = intr;
    if (rises) {
      pins.interruptPending();
    }
  }

  // Registers

  @Override
  public long read(long offset, int size) {
    if (page() < 0) {
      return -1;
    }
    if ((offset & 0xc) != 0) {
      return 0;
    }
    int register = (int) offset >> 4;
    return (load(register) & 0xffff_ffffL) >>> 8 * (offset & 3);
  }

  /** {@inheritDoc} Registers take aligned 32-bit writes only (section 11.4.1). */
  @Override
  public void write(long offset, int size, long value) {
    if (page() < 0 || size != 4 || (offset & 0xf) != 0) {
      return;
    }
    int register = (int) offset >> 4;
    int word = (int) value;
    switch (register) {
      case ApicReg.ICR_HIGH -> {
        synchronized (lock) {
          icr = icr & 0xffff_ffffL | (value & 0xff00_0000L) << 32;
        }
      }
      case ApicReg.ICR_LOW -> {
        long command = icr & 0xff00_0000_0000_0000L | word & Icr.WRITABLE;
        writeIcr(command, ApicBus.widen((int) (command >>> 56)));
      }
      case ApicReg.LDR -> ldr = word & 0xff00_0000;
      case ApicReg.DFR -> dfr = word | 0x0fff_ffff;
      default -> {
        if (!store(register, word)) {
          synchronized (lock) {
            error(Esr.ILLEGAL_REGISTER);
          }
        }
      }
    }
  }

  @Override
  public boolean readMsr(int index) {
    if (index == IA32_TSC_DEADLINE) {
      synchronized (lock) {
        msrValue = timer.tscDeadline();
      }
      return true;
    }
    int register = index - X2APIC_MSRS;
    if (!enabled() || !x2apic() || !ApicReg.readableInX2apic(register)) {
      return false;
    }
    synchronized (lock) {
      msrValue = register == ApicReg.ICR_LOW ? icr : load(register) & 0xffff_ffffL;
    }
    return true;
  }

  @Override
  public long msrValue() {
    return msrValue;
  }

  @Override
  public boolean writeMsr(int index, long value) {
    if (index == IA32_TSC_DEADLINE) {
      synchronized (lock) {
        timer.tscDeadline(value);
      }
      return true;
    }
    int register = index - X2APIC_MSRS;
    if (!enabled() || !x2apic() || (value & ~ApicReg.writableInX2apic(register)) != 0) {
      return false;
    }
    return switch (register) {
      case ApicReg.ICR_LOW -> {
        writeIcr(value & ~(1L << 12), (int) (value >>> 32));
        yield true;
      }
      case ApicReg.SELF_IPI -> {
        send(Icr.SELF << Icr.SHORTHAND_SHIFT | value, 0);
        yield true;
      }
      default -> store(register, (int) value);
    };
  }

  private int load(int register) {
    synchronized (lock) {
      if (register >= ApicReg.ISR && register < ApicReg.ESR) {
        VectorSet set = register < ApicReg.TMR ? isr : register < ApicReg.IRR ? tmr : irr;
        return set.word(register & 7);
      }
      if (register >= LVT_TIMER && register <= LVT_ERROR) {
        return lvt(register);
      }
      return switch (register) {
        case ApicReg.ID -> x2apic() ? id : id << 24;
        case ApicReg.VERSION -> VERSION;
        case ApicReg.TPR -> tpr;
        case ApicReg.PPR -> ppr;
        case ApicReg.LDR -> ldr;
        case ApicReg.DFR -> dfr;
        case ApicReg.SVR -> svr;
        case ApicReg.ESR -> esr;
        case ApicReg.ICR_LOW -> (int) icr;
        case ApicReg.ICR_HIGH -> (int) (icr >>> 32);
        case ApicReg.INITIAL_COUNT -> timer.initialCount();
        case ApicReg.CURRENT_COUNT -> timer.currentCount();
        case ApicReg.DIVIDE -> timer.divide();
        case ApicReg.EOI -> 0; // write-only
        default -> {
          error(Esr.ILLEGAL_REGISTER);
          yield 0;
        }
      };
    }
  }

  /** Writes a register that both modes have; false if there is none or it is read-only. */
  private boolean store(int register, int value) {
    if (register == ApicReg.EOI) {
      endOfInterrupt();
      return true;
    }
    synchronized (lock) {
      if (register >= LVT_TIMER && register <= LVT_ERROR) {
        writeLvt(register, value);
        return true;
      }
      switch (register) {
        case ApicReg.TPR -> writeTpr(value);
        case ApicReg.SVR -> writeSvr(value);
        case ApicReg.ESR -> {
          esr = errors;
          errors = 0;
        }
        case ApicReg.INITIAL_COUNT -> timer.initialCount(value);
        case ApicReg.DIVIDE -> timer.divide(value);
        default -> {
          return false;
        }
      }
      return true;
    }
  }

  private void writeSvr(int value) {
    svr = value & Svr.WRITABLE;
    if ((svr & Svr.ENABLE) == 0) {
      for (int register = LVT_TIMER; register <= LVT_ERROR; register++) {
        writeLvt(register, lvt(register)); // masks it
      }
    }
  }

  private void writeLvt(int register, int value) {
    int entry = register - LVT_TIMER;
    int kept = register == LVT_LINT0 && (value & Lvt.LEVEL) != 0 ? Lvt.REMOTE_IRR : 0;
    boolean forced = (svr & Svr.ENABLE) == 0; // section 11.4.7.2
    lvt[entry] = value & Lvt.writable(entry) | lvt[entry] & kept | (forced ? Lvt.MASKED : 0);
    if (register == LVT_TIMER) {
      timer.configure(lvt[entry] >> Lvt.TIMER_MODE_SHIFT & 3, (lvt[entry] & Lvt.MASKED) != 0);
    } else if (register == LVT_LINT0) {
      acceptLint0(false);
    }
  }

  /** Section 11.8.5; the broadcast goes out without the lock, for it comes back as interrupts. */
  private void endOfInterrupt() {
    int vector;
    boolean broadcast;
    synchronized (lock) {
      vector = isr.highest();
      if (vector < 0) {
        return;
      }
      isr.set(vector, false);
      broadcast = tmr.has(vector) && (svr & Svr.SUPPRESS_EOI) == 0;
      int entry = lvt(LVT_LINT0);
      if ((entry & Lvt.REMOTE_IRR) != 0 && (entry & Lvt.VECTOR) == vector) {
        lvt[LVT_LINT0 - LVT_TIMER] &= ~Lvt.REMOTE_IRR;
      }
      acceptLint0(false);
    }
    if (broadcast) {
      bus.endOfInterrupt(vector);
    }
  }

  private void writeIcr(long command, int destination) {
    synchronized (lock) {
      icr = command;
    }
    send(command, destination);
  }

  /** Sends what an ICR says (section 11.6.1), without the lock: IPIs cross. */
  private void send(long command, int destination) {
    int mode = (int) command >> 8 & 7;
    int vector = (int) command & 0xff;
    if (mode <= Mode.LOWEST && vector < 16) {
      synchronized (lock) {
        error(Esr.SEND_ILLEGAL_VECTOR);
      }
      return;
    }
    boolean deassert = (command & Icr.LEVEL) != 0 && (command & Icr.ASSERT) == 0;
    if (mode == Mode.INIT && deassert || mode == Mode.EXTINT) {
      return; // INIT level de-assert synchronizes arbitration ids, which do not exist here
    }
    switch ((int) command >> Icr.SHORTHAND_SHIFT & 3) {
      case Icr.SELF -> deliver(mode == Mode.LOWEST ? Mode.FIXED : mode, vector, false);
      case Icr.ALL -> bus.deliverToAllBut(null, mode, vector);
      case Icr.ALL_BUT_SELF -> bus.deliverToAllBut(this, mode, vector);
      default -> bus.deliver(destination, (command & Icr.LOGICAL) != 0, mode, vector, false);
    }
  }

  @Override
  public void reset() {
    synchronized (lock) {
      apicBase = DEFAULT_BASE | Base.ENABLE | (id == 0 ? Base.BSP : 0);
      clearRegisters();
      update();
    }
    baseListener.run();
  }

  /** The state after RESET or INIT (sections 11.4.7.1 and 11.4.7.3). */
  private void clearRegisters() {
    tpr = 0;
    ldr = x2apic() ? x2apicLdr() : 0;
    dfr = -1;
    svr = 0xff;
    esr = 0;
    errors = 0;
    icr = 0;
    Arrays.fill(lvt, Lvt.MASKED);
    irr.clear();
    isr.clear();
    tmr.clear();
    extInt = false;
    timer.reset();
  }

  /** Cluster in bits 31:16, one bit of 15:0 (section 11.12.10.2). */
  private int x2apicLdr() {
    return id >> 4 << 16 | 1 << (id & 0xf);
  }

  /**
   * The state of a local APIC.
   *
   * @param errors since ESR was last written
   * @param lint0 level of the pin
   * @param lint1 level of the pin
   */
  public record State(
      int version,
      long apicBase,
      int tpr,
      int ldr,
      int dfr,
      int svr,
      int esr,
      int errors,
      long icr,
      List<Integer> lvt,
      List<Integer> irr,
      List<Integer> isr,
      List<Integer> tmr,
      boolean extInt,
      boolean lint0,
      boolean lint1,
      ApicTimer.State timer) {
    public State {
      lvt = List.copyOf(lvt);
      irr = List.copyOf(irr);
      isr = List.copyOf(isr);
      tmr = List.copyOf(tmr);
    }
  }

  @Override
  public State save() {
    synchronized (lock) {
      return new State(
          1,
          apicBase,
          tpr,
          ldr,
          dfr,
          svr,
          esr,
          errors,
          icr,
          Arrays.stream(lvt).boxed().toList(),
          irr.save(),
          isr.save(),
          tmr.save(),
          extInt,
          lint[0],
          lint[1],
          timer.save());
    }
  }

  @Override
  public void restore(State s) {
    synchronized (lock) {
      check(s);
      timer.check(s.timer);
      apicBase = s.apicBase;
      tpr = s.tpr;
      ldr = s.ldr;
      dfr = s.dfr;
      svr = s.svr;
      esr = s.esr;
      errors = s.errors;
      icr = s.icr;
      Arrays.setAll(lvt, s.lvt::get);
      irr.restore(s.irr);
      isr.restore(s.isr);
      tmr.restore(s.tmr);
      extInt = s.extInt;
      lint[0] = s.lint0;
      lint[1] = s.lint1;
      timer.restore(s.timer);
      pending = false;
      update();
    }
    baseListener.run();
  }

  private static void check(State s) {
    boolean x2only = (s.apicBase & (Base.ENABLE | Base.X2APIC)) == Base.X2APIC;
    boolean legal =
        s.version == 1
            && !x2only
            && (s.apicBase & ~(Base.ADDRESS | Base.BSP | Base.X2APIC | Base.ENABLE)) == 0
            && (s.tpr & ~0xff) == 0
            && (s.svr & ~Svr.WRITABLE) == 0
            && s.lvt.size() == ApicReg.LVTS
            && s.irr.size() == VectorSet.WORDS
            && s.isr.size() == VectorSet.WORDS
            && s.tmr.size() == VectorSet.WORDS
            && (s.irr.get(0) & 0xffff) == 0
            && (s.isr.get(0) & 0xffff) == 0;
    for (int i = 0; legal && i < ApicReg.LVTS; i++) {
      legal = (s.lvt.get(i) & ~(Lvt.writable(i) | Lvt.REMOTE_IRR)) == 0;
    }
    if (!legal) {
      throw new SnapshotException("local APIC: " + s);
    }
  }
}
