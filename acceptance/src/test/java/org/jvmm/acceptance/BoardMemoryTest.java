package org.jvmm.acceptance;

import static org.jvmm.testkit.asm.Reg.AL;
import static org.jvmm.testkit.asm.Reg.CX;
import static org.jvmm.testkit.asm.Reg.DI;
import static org.jvmm.testkit.asm.Reg.DX;
import static org.jvmm.testkit.asm.Reg.SI;
import static org.jvmm.testkit.asm.Seg.DS;
import static org.jvmm.testkit.asm.Seg.ES;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.testkit.asm.Mem;

/**
 * What the board maps at run time, seen by a vCPU: shadow memory, address line 20, BARs. The guest
 * is a firmware of its own.
 */
@Timeout(120)
final class BoardMemoryTest {
  private static final int PAM0 = 0x59, PAM1 = 0x5A, SMRAM = 0x72;
  private static final int HOST_BRIDGE = 0, TESTDEV = 2 << 3;
  private static final int COMMAND = 0x04, BAR0 = 0x10, BAR1 = 0x14;

  @TempDir Path folder;

  private static Mem word(long offset) {
    return Mem.at(offset).word();
  }

  private void run(String accelerator, RomGuest guest) throws IOException, InterruptedException {
    guest.run(accelerator, null, 1, folder);
  }

  @ParameterizedTest
  @ValueSource(strings = {"kvm", "soft"})
  void aFirmwareCopiesItselfIntoShadowMemoryAndRunsOn(String accelerator) throws Exception {
    RomGuest guest = new RomGuest();
    guest.load(DS, 0xF000);
    guest.load(ES, 0xF000);
    guest.code.mov(word(RomGuest.DATA), 0x1111); // to ROM: lost
    guest.expect(word(RomGuest.DATA), 0xAAAA);
    guest.config(HOST_BRIDGE, PAM0, 1, 0x20); // reads from ROM, writes to RAM
    guest.code.cld().mov(SI, 0).mov(DI, 0).mov(CX, 0x8000).rep().movs(16);
    guest.code.mov(word(RomGuest.DATA), 0x2222);
    guest.expect(word(RomGuest.DATA), 0xAAAA);
    guest.config(HOST_BRIDGE, PAM0, 1, 0x30);
    guest.expect(word(RomGuest.DATA), 0x2222);
    guest.code.mov(word(RomGuest.DATA), 0x3333);
    guest.expect(word(RomGuest.DATA), 0x3333);
    guest.config(HOST_BRIDGE, PAM0, 1, 0x10); // RAM, protected
    guest.code.mov(word(RomGuest.DATA), 0x4444);
    guest.expect(word(RomGuest.DATA), 0x3333);
    guest.load(DS, 0xC400);
    guest.expect(word(0), 0xFFFF);
    guest.config(HOST_BRIDGE, PAM1, 1, 0x33);
    guest.code.mov(word(0), 0x5555);
    guest.expect(word(0), 0x5555);
    guest.config(HOST_BRIDGE, PAM1, 1, 0x03);
    guest.expect(word(0), 0xFFFF);
    guest.pass();
    run(accelerator, guest);
  }

  @ParameterizedTest
  @ValueSource(strings = {"kvm", "soft"})
  void addressesWrapAt1MiBWhileAddressLine20IsClosed(String accelerator) throws Exception {
    RomGuest guest = new RomGuest();
    Mem high = Mem.at(0x510).in(ES).word();
    guest.load(DS, 0);
    guest.load(ES, 0xFFFF);
    guest.code.mov(high, 0x6666).mov(word(0x500), 0x7777);
    guest.expect(high, 0x6666);
    guest.code.mov(AL, 0).out(0x92, AL);
    guest.expect(high, 0x7777);
    guest.code.mov(high, 0x8888);
    guest.expect(word(0x500), 0x8888);
    guest.code.mov(AL, 2).out(0x92, AL);
    guest.expect(high, 0x6666);
    guest.code.mov(AL, 0xD1).out(0x64, AL).mov(AL, 0xDD).out(0x60, AL);
    guest.expect(high, 0x8888);
    guest.code.mov(AL, 0xD1).out(0x64, AL).mov(AL, 0xDF).out(0x60, AL);
    guest.expect(high, 0x6666);
    guest.pass();
    run(accelerator, guest);
  }

  @ParameterizedTest
  @ValueSource(strings = {"kvm", "soft"})
  void baseAddressRegistersMoveTheirWindows(String accelerator) throws Exception {
    RomGuest guest = new RomGuest();
    guest.load(DS, 0xA000);
    guest.load(ES, 0xB000);
    Mem there = Mem.at(1).in(ES);
    guest.config(TESTDEV, BAR1, 4, 0xD000);
    guest.config(TESTDEV, BAR0, 4, 0xA_0000);
    guest.config(TESTDEV, COMMAND, 1, 3);
    guest.code.mov(DX, 0xD000).mov(AL, 0).outDx(AL);
    guest.expectPort(0xD001, 1);
    guest.config(TESTDEV, BAR1, 4, 0xE000);
    guest.expectPort(0xD001, 0xFF);
    guest.expectPort(0xE001, 1);
    guest.expectByte(Mem.at(1), 1);
    guest.config(TESTDEV, BAR0, 4, 0xB_0000);
    guest.expectByte(Mem.at(1), 0xFF);
    guest.expectByte(there, 1);
    guest.config(HOST_BRIDGE, SMRAM, 1, 0x48); // RAM over the window
    guest.code.mov(there.byte_(), 0x77);
    guest.expectByte(there, 0x77);
    guest.config(HOST_BRIDGE, SMRAM, 1, 0x08);
    guest.expectByte(there, 1);
    guest.config(TESTDEV, COMMAND, 1, 0);
    guest.expectByte(there, 0xFF);
    guest.expectPort(0xE001, 0xFF);
    guest.pass();
    run(accelerator, guest);
  }
}
