package org.jvmm.kvm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.CpuState.Part;
import org.jvmm.kvm.abi.KvmAbi;
import org.jvmm.kvm.abi.KvmStructs.kvm_run;
import org.jvmm.kvm.abi.KvmStructs.kvm_sync_regs;
import org.jvmm.kvm.abi.KvmStructs.kvm_vcpu_events;
import org.jvmm.kvm.nativecall.NativeLibrary;
import org.jvmm.kvm.nativecall.NativeMemory;

/** What is written to kvm_run is what is read from it; no KVM is needed. */
class SyncedRegsTest {
  private NativeMemory run;
  private SyncedRegs synced;

  @BeforeEach
  void makeRun() {
    boolean linux = System.getProperty("os.name").equals("Linux");
    assumeTrue(linux, "struct kvm_run is Linux's");
    run = new NativeMemory(NativeLibrary.get(), 8192);
    synced = new SyncedRegs(run, true);
    synced.want(true);
    synced.entered();
  }

  @AfterEach
  void free() {
    if (run != null) {
      run.close();
    }
  }

  private CpuState roundTrip(CpuState state, Part part) {
    synced.write(state, part);
    CpuState read = new CpuState();
    synced.read(read, part);
    return read;
  }

  @Test
  void generalRegistersComeBack() {
    CpuState state = new CpuState();
    for (int i = 0; i < 16; i++) {
      state.gpr[i] = 0x0123_4567_89ab_cdefL * (i + 1);
    }
    state.rip = 0xffff_ffff_8100_0000L;
    state.rflags = 0x246;
    CpuState read = roundTrip(state, Part.GENERAL);
    assertArrayEquals(state.gpr, read.gpr);
    assertEquals(state.rip, read.rip);
    assertEquals(state.rflags, read.rflags);
  }

  @Test
  void segmentsAndControlRegistersComeBack() {
    CpuState state = new CpuState();
    for (int i = 0; i < 8; i++) {
      state.segments[i].set(8 * i, 0x1111L << 4 * i, -1 >>> i, 0xa9b ^ i, i == CpuState.LDTR);
    }
    state.gdtBase = 0xffff_fe00_0000_1000L;
    state.gdtLimit = 0x7f;
    state.idtBase = 0xffff_fe00_0000_0000L;
    state.idtLimit = 0xfff;
    state.cr0 = 0x8005_0033L;
    state.cr2 = 0x7fff_1234_5678L;
    state.cr3 = 0x1234_5000;
    state.cr4 = 0x406f0;
    state.cr8 = 5;
    state.efer = 0xd01;
    state.apicBase = 0xfee0_0900L;
    CpuState read = roundTrip(state, Part.SYSTEM);
    for (int i = 0; i < 8; i++) {
      assertEquals(state.segments[i].toString(), read.segments[i].toString());
    }
    assertEquals(state.gdtBase, read.gdtBase);
    assertEquals(state.gdtLimit, read.gdtLimit);
    assertEquals(state.idtBase, read.idtBase);
    assertEquals(state.idtLimit, read.idtLimit);
    assertEquals(state.cr0, read.cr0);
    assertEquals(state.cr2, read.cr2);
    assertEquals(state.cr3, read.cr3);
    assertEquals(state.cr4, read.cr4);
    assertEquals(state.cr8, read.cr8);
    assertEquals(state.efer, read.efer);
    assertEquals(state.apicBase, read.apicBase);
  }

  @Test
  void pendingEventsAndTheInterruptShadowComeBack() {
    CpuState state = new CpuState();
    state.exception = 14;
    state.exceptionHasErrorCode = true;
    state.exceptionErrorCode = 7;
    state.injectedInterrupt = 0x41;
    state.interruptShadow = CpuState.SHADOW_MOV_SS;
    state.nmiMasked = true;
    state.nmiPending = true;
    CpuState read = roundTrip(state, Part.EVENTS);
    assertEquals(14, read.exception);
    assertTrue(read.exceptionHasErrorCode);
    assertEquals(7, read.exceptionErrorCode);
    assertEquals(0x41, read.injectedInterrupt);
    assertFalse(read.injectedIsSoftware);
    assertEquals(CpuState.SHADOW_MOV_SS, read.interruptShadow);
    assertTrue(read.nmiMasked);
    assertTrue(read.nmiPending);
  }

  @Test
  void kvmIsToldOfWhatWasWrittenAndOfNothingElse() {
    synced.write(new CpuState(), Part.GENERAL);
    assertEquals(KvmAbi.KVM_SYNC_X86_REGS, run.getLong(kvm_run.kvm_dirty_regs));
    synced.write(new CpuState(), Part.EVENTS);
    assertEquals(
        KvmAbi.KVM_SYNC_X86_REGS | KvmAbi.KVM_SYNC_X86_EVENTS, run.getLong(kvm_run.kvm_dirty_regs));
  }

  @Test
  void anNmiOnItsWayIsNotOverwrittenByTheSameAnswer() {
    synced.write(new CpuState(), Part.EVENTS);
    int flags = run.getInt(eventsFlags());
    assertEquals(0, flags & KvmAbi.KVM_VCPUEVENT_VALID_NMI_PENDING);
    CpuState pending = new CpuState();
    pending.nmiPending = true;
    synced.write(pending, Part.EVENTS);
    flags = run.getInt(eventsFlags());
    assertEquals(
        KvmAbi.KVM_VCPUEVENT_VALID_NMI_PENDING, flags & KvmAbi.KVM_VCPUEVENT_VALID_NMI_PENDING);
  }

  private static int eventsFlags() {
    return kvm_run.s_regs + kvm_sync_regs.events + kvm_vcpu_events.flags;
  }

  @Test
  void whatKvmRunHasNotLeftIsNotValid() {
    SyncedRegs unwanted = new SyncedRegs(run, true);
    unwanted.entered();
    assertFalse(unwanted.valid());
    SyncedRegs missing = new SyncedRegs(run, false);
    missing.want(true);
    missing.entered();
    assertFalse(missing.valid());
    synced.overtaken();
    assertFalse(synced.valid());
  }
}
