package org.jvmm.softcpu;

import java.util.Arrays;
import org.jvmm.core.accel.CpuState.Activity;
import org.jvmm.core.accel.CpuState.Segment;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Events;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.fpu.Mxcsr;
import org.jvmm.softcpu.sys.DebugControl;

/** The states after power-on, INIT and a start-up IPI (SDM vol. 3 table 9-1). */
final class PowerOn {
  private static final int RDX = 2;
  private static final int VERSION = 0x000306c3;
  private static final int LIMIT = 0xffff;
  private static final long APIC_BASE = 0xfee0_0800L, BOOTSTRAP = 1 << 8;

  private PowerOn() {}

  /** Power-on, and RESET: the bootstrap processor begins, the others wait; nothing is pending. */
  static void reset(Cpu c) {
    c.io.abandon();
    c.events.clear(~(Events.KICK | Events.CODE)); // written code is the VM's affair
    c.stepTrap = false;
    c.debugHits = 0;
    c.activity = c.id == 0 ? Activity.RUNNING : Activity.UNINITIALIZED;
    c.fpu.state.clear();
    Arrays.fill(c.xmm, 0);
    c.mxcsr.set(Mxcsr.DEFAULT);
    c.msrs.reset();
    c.msrs.tscOffset -= c.tsc();
    c.msrs.apicBase = APIC_BASE | (c.id == 0 ? BOOTSTRAP : 0);
    c.xcr0 = 1;
    c.cr0 = Cpu.CR0_CD | Cpu.CR0_NW | Cpu.CR0_ET;
    processor(c);
  }

  /** INIT: the bootstrap processor begins again, the others wait. */
  static void init(Cpu c) {
    c.cr0 = c.cr0 & (Cpu.CR0_CD | Cpu.CR0_NW) | Cpu.CR0_ET;
    c.io.abandon();
    processor(c);
    c.activity = c.id == 0 ? Activity.RUNNING : Activity.WAIT_FOR_SIPI;
  }

  /** A start-up IPI. */
  static void startUp(Cpu c, int vector) {
    c.segments[Cpu.CS].set(vector << 8, (long) vector << 12, LIMIT, 0x9b, false);
    c.rip = 0;
    c.activity = Activity.RUNNING;
    c.contextChanged();
  }

  private static void processor(Cpu c) {
    Arrays.fill(c.gpr, 0, 16, 0);
    c.gpr[RDX] = VERSION;
    c.rip = 0xfff0;
    Flags.set(c, Flags.FIXED);
    for (Segment segment : c.segments) {
      segment.set(0, 0, LIMIT, 0x93, false);
    }
    c.segments[Cpu.CS].set(0xf000, 0xffff_0000L, LIMIT, 0x9b, false);
    c.segments[Cpu.LDTR].access = 0x82;
    c.segments[Cpu.TR].access = 0x8b;
    c.gdtBase = 0;
    c.gdtLimit = LIMIT;
    c.idtBase = 0;
    c.idtLimit = LIMIT;
    c.cr2 = 0;
    c.cr3 = 0;
    c.cr4 = 0;
    c.efer = 0;
    Arrays.fill(c.dr, 0);
    c.dr[6] = 0xffff_0ff0L;
    c.dr[7] = 0x400;
    c.cpl = 0;
    c.shadow = 0;
    c.nmiMasked = false;
    DebugControl.changed(c);
    c.pagingChanged();
    c.contextChanged();
  }
}
