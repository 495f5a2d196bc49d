package org.jvmm.softcpu;

import java.util.Arrays;
import java.util.Set;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.CpuState.Part;
import org.jvmm.core.irq.LocalApic;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Events;
import org.jvmm.softcpu.cpu.ExtendedState;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.fault.GuestFault;
import org.jvmm.softcpu.sys.DebugControl;
import org.jvmm.softcpu.sys.Delivery;
import org.jvmm.softcpu.sys.MsrAccess;

/** Moves the state of a vCPU to and from {@link CpuState}. */
final class StateTransfer {
  private static final int[] MSRS = MsrAccess.saved();

  private final Cpu c;

  /** An exception or interrupt whose delivery another accelerator had begun, or -1. */
  private int exception = -1;

  private int exceptionCode = GuestFault.NO_CODE;
  private int interrupt = -1;

  StateTransfer(Cpu cpu) {
    c = cpu;
  }

  /** Drops what came with the state. */
  void forget() {
    exception = -1;
    interrupt = -1;
  }

  /** Delivers what came with the state. */
  void inject() {
    if (exception >= 0) {
      int vector = exception;
      exception = -1;
      c.fault.page(exceptionCode, c.cr2); // a #PF finds its address where the state has it
      Delivery.exception(c, vector, exceptionCode);
    } else if (interrupt >= 0) {
      int vector = interrupt;
      interrupt = -1;
      Delivery.interrupt(c, vector);
    }
  }

  void save(CpuState to, Set<Part> parts) {
    if (parts.contains(Part.GENERAL)) {
      System.arraycopy(c.gpr, 0, to.gpr, 0, 16);
      to.rip = c.rip;
      to.rflags = Flags.get(c);
    }
    if (parts.contains(Part.SYSTEM)) {
      saveSystem(to);
    }
    if (parts.contains(Part.DEBUG)) {
      System.arraycopy(c.dr, 0, to.dr, 0, 8);
    }
    if (parts.contains(Part.MSRS)) {
      to.msrs.clear();
      saveMsrs(to);
    }
    if (parts.contains(Part.FPU)) {
      Arrays.fill(to.xsave, (byte) 0);
      ExtendedState.save(c, c.image);
      System.arraycopy(c.image, 0, to.xsave, 0, c.image.length);
      to.xcr0 = c.xcr0;
    }
    if (parts.contains(Part.APIC)) {
      to.lapic = null;
    }
    if (parts.contains(Part.EVENTS)) {
      saveEvents(to);
    }
  }

  private void saveSystem(CpuState to) {
    for (int i = 0; i < to.segments.length; i++) {
      to.segments[i].set(c.segments[i]);
    }
    to.gdtBase = c.gdtBase;
    to.gdtLimit = c.gdtLimit;
    to.idtBase = c.idtBase;
    to.idtLimit = c.idtLimit;
    to.cr0 = c.cr0 & 0xffffffffL;
    to.cr2 = c.cr2;
    to.cr3 = c.cr3;
    to.cr4 = c.cr4 & 0xffffffffL;
    to.efer = c.efer;
    to.cr8 = 0;
    to.apicBase = c.msrs.apicBase;
    if (c.interrupts instanceof LocalApic apic) {
      to.cr8 = apic.readCr8();
      to.apicBase = apic.apicBase();
    }
  }

  private void saveEvents(CpuState to) {
    to.activity = c.activity;
    to.exception = exception;
    to.exceptionInjected = exception >= 0;
    to.exceptionHasErrorCode = exceptionCode != GuestFault.NO_CODE;
    to.exceptionErrorCode = exceptionCode == GuestFault.NO_CODE ? 0 : exceptionCode;
    to.injectedInterrupt = interrupt;
    to.injectedIsSoftware = false;
    to.interruptShadow = c.shadow;
    to.nmiPending = c.events.has(Events.NMI);
    to.nmiInjected = false;
    to.nmiMasked = c.nmiMasked;
  }

  void restore(CpuState from, Set<Part> parts) {
    c.io.abandon();
    if (parts.contains(Part.GENERAL)) {
      System.arraycopy(from.gpr, 0, c.gpr, 0, 16);
      c.rip = from.rip;
      Flags.set(c, (int) from.rflags);
    }
    if (parts.contains(Part.SYSTEM)) {
      restoreSystem(from);
    }
    if (parts.contains(Part.DEBUG)) {
      System.arraycopy(from.dr, 0, c.dr, 0, 8);
      DebugControl.changed(c);
    }
    if (parts.contains(Part.MSRS)) {
      restoreMsrs(from);
    }
    if (parts.contains(Part.FPU)) {
      System.arraycopy(from.xsave, 0, c.image, 0, c.image.length);
      ExtendedState.load(c, c.image);
      c.xcr0 = from.xcr0 & 3;
    }
    if (parts.contains(Part.EVENTS)) {
      restoreEvents(from);
    }
    c.cpl = privilege();
    c.pagingChanged();
    c.contextChanged();
    c.events.post(Events.INTR | Events.STEP);
  }

  private int privilege() {
    if ((c.cr0 & Cpu.CR0_PE) == 0) {
      return 0;
    }
    return (c.flags & Flags.VM) != 0 ? 3 : c.segments[Cpu.SS].access >> 5 & 3;
  }

  private void restoreSystem(CpuState from) {
    for (int i = 0; i < c.segments.length; i++) {
      c.segments[i].set(from.segments[i]);
    }
    c.gdtBase = from.gdtBase;
    c.gdtLimit = from.gdtLimit;
    c.idtBase = from.idtBase;
    c.idtLimit = from.idtLimit;
    c.cr0 = (int) from.cr0 | Cpu.CR0_ET;
    c.cr2 = from.cr2;
    c.cr3 = from.cr3;
    c.cr4 = (int) from.cr4;
    c.efer = (int) from.efer;
    c.msrs.apicBase = from.apicBase;
    if (c.interrupts instanceof LocalApic apic) {
      apic.setApicBase(from.apicBase);
      apic.writeCr8((int) from.cr8);
    }
    boolean pae = (c.cr4 & Cpu.CR4_PAE) != 0 && (c.efer & Cpu.EFER_LMA) == 0;
    if (pae && (c.cr0 & Cpu.CR0_PG) != 0) {
      c.mmu.loadPdptes(c.cr3);
    }
  }

  /** Those that this CPU model does not have are left out. */
  private void saveMsrs(CpuState to) {
    for (int index : MSRS) {
      try {
        to.msrs.put(index, MsrAccess.read(c, index));
      } catch (GuestFault none) {
        continue;
      }
    }
  }

  /** Those that this CPU does not have, or would refuse, are left out. */
  private void restoreMsrs(CpuState from) {
    for (int i = 0; i < from.msrs.count(); i++) {
      try {
        MsrAccess.restore(c, from.msrs.index(i), from.msrs.value(i));
      } catch (GuestFault refused) {
        continue;
      }
    }
  }

  private void restoreEvents(CpuState from) {
    c.activity = from.activity;
    exception = from.exception;
    exceptionCode = from.exceptionHasErrorCode ? from.exceptionErrorCode : GuestFault.NO_CODE;
    interrupt = from.nmiInjected ? GuestFault.NMI : from.injectedInterrupt;
    c.shadow = from.interruptShadow;
    c.nmiMasked = from.nmiMasked;
    c.events.clear(Events.NMI | Events.SHUTDOWN);
    if (from.nmiPending) {
      c.events.post(Events.NMI);
    }
  }
}
