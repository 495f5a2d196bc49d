package org.jvmm.rescue;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.jvmm.core.accel.CpuModel;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.CpuState.Part;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.core.accel.VmConfig;
import org.jvmm.core.mem.MemoryMap;
import org.jvmm.core.mem.MemorySlot;
import org.jvmm.core.mem.RamAllocator;
import org.jvmm.core.time.HostClock;
import org.jvmm.softcpu.Finisher;
import org.jvmm.softcpu.exec.Guard;
import org.jvmm.testkit.asm.Asm;

/** From an accelerator to the CPU in Java and back; the accelerator is a struct. */
class StateMoveTest {
  private static final int RAM = 0x10000, CODE = 0x1000, KERNEL_GS_BASE = 0xc000_0102;

  private final MemoryMap map = new MemoryMap();
  private final HeldState vcpu = new HeldState();
  private Finisher finisher;
  private StateMove move;

  @BeforeEach
  void makeFinisher() {
    map.map(new MemorySlot("ram", 0, RAM, RamAllocator.HEAP.allocate("ram", RAM), 0, true));
    HostClock clock = new HostClock();
    clock.resume();
    finisher =
        new Finisher(
            new VmConfig(1, CpuModel.HOST, IrqchipMode.USER, map, clock, Map.of()), 0, Guard.NONE);
    move = new StateMove(vcpu, finisher);
    CpuState s = vcpu.state;
    s.rip = CODE;
    s.rflags = 2;
    s.cr0 = 0x11; // PE, ET
    s.cr4 = 1 << 9; // OSFXSR
    s.segments[CpuState.CS].set(8, 0, -1, 0xc9b, false);
    for (int i : new int[] {CpuState.SS, CpuState.DS, CpuState.ES, CpuState.FS, CpuState.GS}) {
      s.segments[i].set(16, 0, -1, 0xc93, false);
    }
    s.segments[CpuState.LDTR].set(0, 0, 0, 0x82, true);
    s.segments[CpuState.TR].set(0x28, 0x5000, 0x67, 0x8b, false);
    s.dr[6] = 0xffff_0ff0L;
    s.dr[7] = 0x400;
    s.gdtBase = 0x8000;
    s.gdtLimit = 0x2f;
    map.memory().write64(0x8010, 0x00cf_9300_0000_ffffL);
  }

  @AfterEach
  void close() {
    finisher.close();
  }

  private void run(Asm code) {
    map.memory().copyIn(CODE, code.assemble());
    move.begin();
    move.bring(Needs.of(finisher.next()).parts);
    finisher.step();
    move.end();
  }

  @Test
  void aNopChangesRipAndWritesNothingElse() {
    run(Asm.bits(32).nop());
    assertEquals(CODE + 1, vcpu.state.rip);
    assertEquals(EnumSet.of(Part.GENERAL), vcpu.restored);
  }

  @Test
  void segmentsWithTheirHiddenPartsComeBack() {
    vcpu.state.segments[CpuState.GS].set(0x33, 0x7654_3210L, 0x1234, 0x0f3, false);
    vcpu.state.segments[CpuState.ES].set(0, 0, 0, 0, true);
    String gs = vcpu.state.segments[CpuState.GS].toString();
    String es = vcpu.state.segments[CpuState.ES].toString();
    String tr = vcpu.state.segments[CpuState.TR].toString();
    run(Asm.bits(32).db(0x8e, 0xd8)); // MOV DS, AX, which makes the system state one to write
    assertTrue(vcpu.restored.contains(Part.SYSTEM));
    assertEquals(gs, vcpu.state.segments[CpuState.GS].toString());
    assertEquals(es, vcpu.state.segments[CpuState.ES].toString());
    assertEquals(tr, vcpu.state.segments[CpuState.TR].toString());
  }

  @Test
  void theShadowOfStiIsTheAcceleratorsToKeep() {
    run(Asm.bits(32).sti());
    assertEquals(CpuState.SHADOW_STI, vcpu.state.interruptShadow);
    assertEquals(0x200, vcpu.state.rflags & 0x200);
  }

  @Test
  void aShadowOfTheAcceleratorEndsWithTheInstruction() {
    vcpu.state.interruptShadow = CpuState.SHADOW_STI;
    run(Asm.bits(32).nop());
    assertEquals(0, vcpu.state.interruptShadow);
  }

  @Test
  void aPendingNmiStaysWhereItIs() {
    vcpu.state.nmiPending = true;
    run(Asm.bits(32).sti());
    assertTrue(vcpu.state.nmiPending);
    assertEquals(CODE + 1, vcpu.state.rip, "not delivered in Java");
  }

  @Test
  void anEventOnItsWayIsSeen() {
    vcpu.state.injectedInterrupt = 0x41;
    move.begin();
    assertTrue(move.eventUnderWay());
  }

  @Test
  void theFpuStateComesBackBitForBit() {
    new Random(1).nextBytes(vcpu.state.xsave);
    legalFpu(vcpu.state.xsave);
    byte[] was = vcpu.state.xsave.clone();
    run(Asm.bits(32).db(0x0f, 0x28, 0xc0)); // MOVAPS XMM0, XMM0
    assertArrayEquals(was, vcpu.state.xsave);
  }

  @Test
  void aChangedVectorRegisterComesBackAndOtherComponentsStay() {
    new Random(2).nextBytes(vcpu.state.xsave);
    legalFpu(vcpu.state.xsave);
    byte[] expected = vcpu.state.xsave.clone();
    System.arraycopy(expected, 160 + 16, expected, 160, 16);
    run(Asm.bits(32).db(0x0f, 0x28, 0xc1)); // MOVAPS XMM0, XMM1
    assertArrayEquals(expected, vcpu.state.xsave);
  }

  /** Fields of an FXSAVE image that have reserved bits (SDM vol. 1 table 10-2). */
  private static void legalFpu(byte[] image) {
    System.arraycopy(new byte[] {0x7f, 3, 0, 0, (byte) 0xff, 0, 0, 0}, 0, image, 0, 8);
    System.arraycopy(new byte[24], 0, image, 8, 24);
    image[24] = (byte) 0x80;
    image[25] = 0x1f;
    image[28] = (byte) 0xff;
    image[29] = (byte) 0xff;
    for (int i = 0; i < 8; i++) {
      System.arraycopy(new byte[6], 0, image, 32 + 16 * i + 10, 6);
    }
    System.arraycopy(new byte[96], 0, image, 416, 96);
    System.arraycopy(new byte[] {3, 0, 0, 0, 0, 0, 0, 0}, 0, image, 512, 8);
  }

  @Test
  void swapgsExchangesWithTheAcceleratorsMsr() {
    longMode();
    vcpu.state.segments[CpuState.GS].base = 0x1111_0000L;
    vcpu.state.msrs.put(KERNEL_GS_BASE, 0x2222_0000L);
    run(Asm.bits(64).db(0x0f, 0x01, 0xf8));
    assertEquals(0x2222_0000L, vcpu.state.segments[CpuState.GS].base);
    assertEquals(0x1111_0000L, vcpu.state.msrs.get(KERNEL_GS_BASE, 0));
  }

  private void longMode() {
    vcpu.state.cr4 = 1 << 5; // PAE
    vcpu.state.cr0 = 0x8000_0011L;
    vcpu.state.efer = 1 << 8 | 1 << 10;
    vcpu.state.cr3 = 0x9000;
    vcpu.state.segments[CpuState.CS].access = 0xa9b;
    map.memory().write64(0x9000, 0xa003);
    map.memory().write64(0xa000, 0xb003);
    map.memory().write64(0xb000, 0x83);
  }
}
