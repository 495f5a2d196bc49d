package org.jvmm.softcpu.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.jvmm.softcpu.sys.Guest.CODE;
import static org.jvmm.softcpu.sys.Guest.DATA;

import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.jvmm.core.accel.CpuModel;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.ExitReason;
import org.jvmm.core.mem.GuestMemory;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.fault.GuestFault;
import org.jvmm.testkit.TinyVm;

/** Paging in all modes (SDM vol. 3 chapter 4): rights, reserved bits, A and D, TLB. */
class PagingTest {
  /** Bits of entries, and of #PF's error code. */
  private static final int P = 1, RW = 2, US = 4, A = 0x20, D = 0x40, PS = 0x80, G = 0x100;

  private static final long NX = 1L << 63;
  private static final int PRESENT = 1, WRITE = 2, USER = 4, RESERVED = 8, FETCH = 16;

  /** The page under test: its linear address, its table, and where its data lie. */
  private static final int PAGE = 0x40_0000, TABLE = 0x6_0000, PDPT = 0x6_2000;

  private static final int FRAME = 0x2_0000;

  /** Four-level paging, PAGE being a 4 KiB page of FRAME; EBX holds its address. */
  private static Guest four(long leaf) {
    Guest g = Guest.wide();
    g.memory().write64(directory(), TABLE | P | RW | US);
    g.memory().write64(TABLE, FRAME | leaf);
    return g.with(s -> s.gpr[3] = PAGE);
  }

  private static int directory() {
    return TinyVm.PAGE_TABLES + 0x2000 + 8 * (PAGE >> 21);
  }

  /** PAE paging with the same tables. */
  private static Guest pae(long leaf) {
    Guest g = Guest.flat();
    GuestMemory m = g.memory();
    m.write64(PDPT, TABLE + 0x1000 | P);
    for (int i = 0; i < 4; i++) {
      m.write64(TABLE + 0x1000 + 8 * i, (long) i << 21 | PS | P | RW | US);
    }
    m.write64(TABLE + 0x1000 + 8 * (PAGE >> 21), TABLE | P | RW | US);
    m.write64(TABLE, FRAME | leaf);
    return g.with(s -> s.cr0 |= 0x8000_0000L)
        .with(s -> s.cr3 = PDPT)
        .with(s -> s.cr4 = Cpu.CR4_PAE)
        .with(s -> s.gpr[3] = PAGE);
  }

  /** Two-level paging with 4 MiB pages but for PAGE. */
  private static Guest two(long leaf) {
    Guest g = Guest.flat();
    GuestMemory m = g.memory();
    m.write32(PDPT, PS | P | RW | US);
    m.write32(PDPT + 4 * (PAGE >> 22), TABLE | P | RW | US);
    m.write32(TABLE, (int) (FRAME | leaf));
    return g.with(s -> s.cr0 |= 0x8000_0000L)
        .with(s -> s.cr3 = PDPT)
        .with(s -> s.cr4 = Cpu.CR4_PSE)
        .with(s -> s.gpr[3] = PAGE);
  }

  private static Guest in(int levels, long leaf) {
    return levels == 4 ? four(leaf) : levels == 3 ? pae(leaf) : two(leaf);
  }

  /** Runs mov al, [rbx]; hlt. */
  private static Guest read(Guest g) {
    return g.code(0x8a, 0x03, 0xf4).run();
  }

  /** Runs mov [rbx], al; hlt. */
  private static Guest write(Guest g) {
    return g.code(0x88, 0x03, 0xf4).run();
  }

  /** Jumps to the page, where a HLT is. */
  private static Guest fetch(Guest g) {
    g.memory().write8(FRAME, 0xf4);
    return g.code(0xff, 0xe3).run();
  }

  private static void expectPageFault(Guest g, int code) {
    g.expectFault(GuestFault.PF, code);
    assertEquals(PAGE, g.state.cr2);
  }

  @ParameterizedTest
  @CsvSource({"2", "3", "4"})
  void aReadSetsAccessedAWriteDirty(int levels) {
    try (Guest g = in(levels, P | RW)) {
      g.memory().write8(FRAME, 0x77);
      read(g);
      assertEquals(0x77, g.state.gpr[0] & 0xff);
      assertEquals(A, g.memory().read32(TABLE) & (A | D));
    }
    try (Guest g = in(levels, P | RW)) {
      write(g);
      assertEquals(A | D, g.memory().read32(TABLE) & (A | D));
    }
  }

  @Test
  void aWriteBehindAReadSetsDirtyToo() {
    try (Guest g = four(P | RW)) {
      g.code(0x8a, 0x03, 0x88, 0x03, 0xf4).run();
      assertEquals(A | D, g.memory().read32(TABLE) & (A | D));
    }
  }

  @ParameterizedTest
  @CsvSource({"2", "3", "4"})
  void anAbsentPageFaultsWithoutPresent(int levels) {
    try (Guest g = in(levels, RW)) {
      expectPageFault(read(g), 0);
    }
    try (Guest g = in(levels, RW)) {
      expectPageFault(write(g.ring(3)), WRITE | USER);
    }
  }

  @ParameterizedTest
  @CsvSource({"2", "3", "4"})
  void aSupervisorPageIsNotForUsers(int levels) {
    try (Guest g = in(levels, P | RW)) {
      expectPageFault(read(g.ring(3)), PRESENT | USER);
    }
  }

  @Test
  void aUserWriteToAReadOnlyPageFaults() {
    try (Guest g = four(P | US)) {
      expectPageFault(write(g.ring(3)), PRESENT | WRITE | USER);
    }
  }

  @Test
  void theSupervisorWritesReadOnlyPagesUnlessWp() {
    try (Guest g = four(P)) {
      assertEquals(-1, write(g).vector());
    }
    try (Guest g = four(P)) {
      expectPageFault(write(g.with(s -> s.cr0 |= Cpu.CR0_WP)), PRESENT | WRITE);
    }
  }

  @Test
  void rightsAreThoseOfAllLevelsTogether() {
    try (Guest g = four(P | RW | US)) {
      g.memory().write64(directory(), TABLE | P | US);
      expectPageFault(write(g.ring(3)), PRESENT | WRITE | USER);
    }
  }

  @Test
  void noExecuteFaultsAtTheFetch() {
    try (Guest g = four(P | RW | NX)) {
      expectPageFault(fetch(g), PRESENT | FETCH);
      assertEquals(PAGE, g.frame(1), "the frame points at the target");
    }
  }

  @Test
  void withoutNxeTheBitIsReserved() {
    try (Guest g = four(P | RW | NX)) {
      expectPageFault(read(g.with(s -> s.efer &= ~0x800)), PRESENT | RESERVED);
    }
  }

  @Test
  void withoutNxeAndSmepNoFetchIsTold() {
    try (Guest g = four(0)) {
      expectPageFault(fetch(g.with(s -> s.efer &= ~0x800)), 0);
    }
  }

  @Test
  void smepKeepsTheSupervisorFromUserCode() {
    try (Guest g = four(P | RW)) {
      g.with(s -> s.cr4 |= Cpu.CR4_SMEP);
      assertEquals(-1, fetchAsSupervisor(g), "its own code runs");
    }
    try (Guest g = supervisorCode(P | RW | US)) {
      expectPageFault(fetch(g.with(s -> s.cr4 |= Cpu.CR4_SMEP)), PRESENT | FETCH);
    }
  }

  /** Everything but PAGE is the supervisor's. */
  private static Guest supervisorCode(long leaf) {
    Guest g = four(leaf);
    g.memory().write64(directory() - 16, PS | P | RW);
    return g;
  }

  private static int fetchAsSupervisor(Guest g) {
    g.memory().write64(directory() - 16, PS | P | RW);
    return fetch(g).vector();
  }

  @Test
  void smapKeepsTheSupervisorFromUserDataUnlessAc() {
    try (Guest g = supervisorCode(P | RW | US)) {
      expectPageFault(read(g.with(s -> s.cr4 |= Cpu.CR4_SMAP)), PRESENT);
    }
    try (Guest g = supervisorCode(P | RW | US)) {
      g.with(s -> s.cr4 |= Cpu.CR4_SMAP).with(s -> s.rflags |= Flags.AC);
      assertEquals(-1, read(g).vector());
    }
  }

  @Test
  void stacOpensAndClacCloses() {
    try (Guest g = supervisorCode(P | RW | US)) {
      g.with(s -> s.cr4 |= Cpu.CR4_SMAP);
      g.code(0x0f, 0x01, 0xcb, 0x8a, 0x03, 0x0f, 0x01, 0xca, 0x8a, 0x03).run();
      expectPageFault(g, PRESENT);
      assertEquals(CODE + 8, g.frame(1));
    }
  }

  @Test
  void descriptorTablesAreReadAsSupervisorWhateverAc() {
    try (Guest g = supervisorCode(P | RW | US)) {
      g.with(s -> s.cr4 |= Cpu.CR4_SMAP).with(s -> s.rflags |= Flags.AC);
      g.with(s -> s.segments[CpuState.LDTR].set(8, PAGE, 0xff, 0x82, false));
      g.with(s -> s.gpr[0] = 4); // the first of the LDT
      expectPageFault(g.code(0x8e, 0xd8).run(), PRESENT); // mov ds, eax
    }
  }

  @ParameterizedTest
  @CsvSource({
    "address bit 40 in a PTE,     4, leaf,      10000000000",
    "address bit 51 in a PDE,     4, directory, 8000000000000",
    "bit 13 of a 2 MiB page,      4, large,     2000",
    "bit 62 of a PAE entry,       3, leaf,      4000000000000000",
    "NX without NXE in PAE,       3, leaf,      8000000000000000",
    "bit 21 of a 4 MiB page,      2, large,     200000"
  })
  void reservedBitsFault(String name, int levels, String where, String bits) {
    long value = Long.parseUnsignedLong(bits, 16);
    try (Guest g = in(levels, P | RW | (where.equals("leaf") ? value : 0))) {
      long large = P | RW | PS | value;
      switch (where) {
        case "directory" -> g.memory().write64(directory(), TABLE | P | RW | value);
        case "large" -> {
          if (levels == 2) {
            g.memory().write32(PDPT + 4 * (PAGE >> 22), (int) large);
          } else {
            g.memory().write64(directory(), large);
          }
        }
        default -> {}
      }
      expectPageFault(read(g), PRESENT | RESERVED);
    }
  }

  @Test
  void psIsReservedInAPml4Entry() {
    try (Guest g = four(P | RW)) {
      int tables = TinyVm.PAGE_TABLES;
      g.memory().write64(tables + 8, tables + 0x1000 | P | RW | PS);
      g.with(s -> s.gpr[3] = 1L << 39);
      read(g).expectFault(GuestFault.PF, PRESENT | RESERVED);
    }
  }

  @Test
  void psInAPteIsPat() {
    try (Guest g = four(P | RW | PS)) {
      assertEquals(-1, read(g).vector());
    }
  }

  @Test
  void pagesMayBeOf1GiB() {
    try (Guest g = four(P | RW)) {
      int tables = TinyVm.PAGE_TABLES;
      g.memory().write64(tables + 0x1008, PS | P | RW);
      g.memory().write8(DATA + 5, 0x66);
      g.with(s -> s.gpr[3] = (1L << 30) + DATA + 5);
      assertEquals(0x66, read(g).state.gpr[0] & 0xff);
      assertEquals(A, g.memory().read32(tables + 0x1008) & (A | D));
    }
  }

  @Test
  void pse36ReachesBeyond4GiB() {
    try (Guest g = two(P | RW)) {
      // Bits 20:13 are address bits 39:32: nothing is there, so reads float.
      g.memory().write32(PDPT + 4 * (PAGE >> 22), 1 << 13 | PS | P | RW);
      assertEquals(1L << 32, g.code(0x8a, 0x03).expect(ExitReason.MMIO_READ).address());
    }
  }

  @Test
  void withoutPseABitIsIgnored() {
    try (Guest g = two(P | RW)) {
      g.memory().write8(FRAME, 0x55);
      g.memory().write32(PDPT, TABLE + 0x1000 | P | RW);
      for (int i = 0; i < 128; i++) {
        g.memory().write32(TABLE + 0x1000 + 4 * i, i << 12 | P | RW);
      }
      g.memory().write32(PDPT + 4 * (PAGE >> 22), TABLE | P | RW | PS);
      g.with(s -> s.cr4 = 0);
      assertEquals(0x55, read(g).state.gpr[0] & 0xff);
    }
  }

  @Test
  void anAccessOverAPagesEndFaultsAtTheSecondPageBeforeAnythingChanges() {
    try (Guest g = four(P | RW)) {
      g.memory().write32(FRAME + 0xffc, 0);
      g.with(s -> s.gpr[3] = PAGE + 0xffe).with(s -> s.gpr[0] = -1);
      g.code(0x89, 0x03).run().expectFault(GuestFault.PF, WRITE); // mov [rbx], eax
      assertEquals(PAGE + 0x1000, g.state.cr2);
      assertEquals(0, g.memory().read32(FRAME + 0xffc));
    }
  }

  @Test
  void anInstructionOverAPagesEndFaultsAtItsSecondPage() {
    try (Guest g = four(P | RW)) {
      g.memory().write8(FRAME + 0xfff, 0xb8);
      g.with(s -> s.rip = PAGE + 0xfff).code().run().expectFault(GuestFault.PF, FETCH);
      assertEquals(PAGE + 0x1000, g.state.cr2);
      assertEquals(PAGE + 0xfff, g.frame(1));
    }
  }

  // Translations that are kept

  /** mov al,[rbx]; mov dword [rcx], value; (flush); mov ah, [rbx]; hlt */
  private static Guest remapped(Guest g, int... flush) {
    g.memory().write8(FRAME, 1);
    g.memory().write8(FRAME + 0x1000, 2);
    g.with(s -> s.gpr[1] = TABLE).with(s -> s.gpr[6] = 0);
    return g.code(
            a ->
                a.db(0x8a, 0x03, 0xc7, 0x01)
                    .dd(FRAME + 0x1000 | P | RW | G)
                    .db(flush)
                    .db(0x8a, 0x23, 0xf4))
        .run();
  }

  @Test
  void invlpgForgetsOnePageGlobalOnesToo() {
    try (Guest g = remapped(four(P | RW | G).with(s -> s.cr4 |= Cpu.CR4_PGE), 0x0f, 0x01, 0x3b)) {
      assertEquals(0x201, g.state.gpr[0] & 0xffff);
    }
  }

  @Test
  void aWriteToCr3ForgetsAll() {
    // mov rdx, cr3; mov cr3, rdx
    try (Guest g = remapped(four(P | RW), 0x0f, 0x20, 0xda, 0x0f, 0x22, 0xda)) {
      assertEquals(0x201, g.state.gpr[0] & 0xffff);
    }
  }

  @Test
  void invpcidForgets() {
    // invpcid rsi, [rdi], with RSI 2: all contexts
    Guest before = four(P | RW).with(s -> s.gpr[7] = DATA);
    try (Guest g = remapped(before, 0xbe, 2, 0, 0, 0, 0x66, 0x0f, 0x38, 0x82, 0x37)) {
      assertEquals(0x201, g.state.gpr[0] & 0xffff);
    }
  }

  @ParameterizedTest
  @CsvSource({"4, 0, 0", "0, 1000, 0", "1, 1, 0", "0, 0, 800000000000"})
  void invpcidChecksItsOperand(int type, String pcid, String address) {
    try (Guest g = four(P | RW)) {
      g.memory().write64(DATA, Long.parseLong(pcid, 16));
      g.memory().write64(DATA + 8, Long.parseLong(address, 16));
      g.with(s -> s.gpr[6] = type).with(s -> s.gpr[7] = DATA);
      g.code(0x66, 0x0f, 0x38, 0x82, 0x37).run().expectFault(GuestFault.GP, 0);
    }
  }

  /** Which of INVPCID's types forget a translation, a global one, a non-global one. */
  @ParameterizedTest
  @CsvSource({
    "one address,             0, 400000, 0, true",
    "another address,         0, 800000, 0, false",
    "one context,             1, 0,      0, true",
    "one context when global, 1, 0,      1, false",
    "all with global,         2, 0,      1, true",
    "all but global,          3, 0,      0, true",
    "all but it when global, 3, 0,      1, false"
  })
  void invpcidForgetsByItsType(
      String name, int type, String address, int global, boolean forgotten) {
    Guest before = four(P | RW | global * G).with(s -> s.cr4 |= Cpu.CR4_PGE | Cpu.CR4_PCIDE);
    before.memory().write64(DATA + 8, Long.parseLong(address, 16));
    before.with(s -> s.gpr[7] = DATA);
    try (Guest g = remapped(before, 0xbe, type, 0, 0, 0, 0x66, 0x0f, 0x38, 0x82, 0x37)) {
      assertEquals(forgotten ? 0x201 : 0x101, g.state.gpr[0] & 0xffff, name);
    }
  }

  @Test
  void aWriteToCr3KeepsGlobalTranslations() {
    Guest before = four(P | RW | G).with(s -> s.cr4 |= Cpu.CR4_PGE);
    try (Guest g = remapped(before, 0x0f, 0x20, 0xda, 0x0f, 0x22, 0xda)) {
      assertEquals(0x101, g.state.gpr[0] & 0xffff);
    }
  }

  @Test
  void aToggleOfPgeForgetsGlobalTranslationsToo() {
    // mov rdx, cr4; xor dl, 80; mov cr4, rdx
    Guest before = four(P | RW | G).with(s -> s.cr4 |= Cpu.CR4_PGE);
    try (Guest g = remapped(before, 0x0f, 0x20, 0xe2, 0x80, 0xf2, 0x80, 0x0f, 0x22, 0xe2)) {
      assertEquals(0x201, g.state.gpr[0] & 0xffff);
    }
  }

  // Five levels

  private static final long BEYOND_48_BITS = 1L << 47;

  /**
   * The lower half of the address space is mapped at 2 to the 47, by a table of the fifth level.
   */
  private static Guest five() {
    Guest g = Guest.wide(CpuModel.parse("max,+la57"));
    int tables = TinyVm.PAGE_TABLES;
    g.memory().write64(TABLE, tables | P | RW | US);
    g.memory().write64(tables + 8 * 256, tables + 0x1000 | P | RW | US);
    return g.with(s -> s.cr3 = TABLE)
        .with(s -> s.cr4 |= Cpu.CR4_LA57)
        .with(s -> s.gpr[3] = BEYOND_48_BITS | DATA);
  }

  @Test
  void fiveLevelsReachBeyond48Bits() {
    try (Guest g = five()) {
      g.memory().write8(DATA, 0x77);
      assertEquals(0x77, read(g).state.gpr[0] & 0xff);
      assertEquals(A, g.memory().read32(TABLE) & (A | D), "accessed, in the fifth level");
    }
  }

  @Test
  void withFiveLevels57BitsAreCanonical() {
    try (Guest g = five()) {
      read(g.with(s -> s.gpr[3] = 1L << 55)).expectFault(GuestFault.PF, 0);
      assertEquals(1L << 55, g.state.cr2);
    }
    try (Guest g = five()) {
      read(g.with(s -> s.gpr[3] = 1L << 56)).expectFault(GuestFault.GP, 0);
    }
  }

  @Test
  void thePageSizeBitIsReservedInTheFifthLevel() {
    try (Guest g = five()) {
      g.memory().write64(TABLE + 8, TABLE | P | RW | US | PS);
      read(g.with(s -> s.gpr[3] = 1L << 48)).expectFault(GuestFault.PF, PRESENT | RESERVED);
    }
  }

  @Test
  void theNumberOfLevelsStaysAsItIsInLongMode() {
    try (Guest g = Guest.wide(CpuModel.parse("max,+la57"))) {
      g.with(s -> s.gpr[0] = s.cr4 | Cpu.CR4_LA57).code(0x0f, 0x22, 0xe0);
      g.run().expectFault(GuestFault.GP, 0);
    }
  }

  @Test
  void addressesInMsrsMayHave57BitsWhereTheCpuHasThem() {
    try (Guest g = Guest.wide(CpuModel.parse("max,+la57"))) {
      g.with(s -> s.gpr[1] = 0xc0000100L).with(s -> s.gpr[2] = 0x8000);
      g.code(0x0f, 0x30, 0xf4).run();
      assertEquals(0x8000_0000_0000L, g.state.segments[CpuState.FS].base);
    }
  }

  @Test
  void outsideLongModeTheFifthLevelIsSwitchedOnWhereTheCpuHasIt() {
    for (String model : List.of("max", "max,+la57")) {
      try (Guest g = Guest.flat(CpuModel.parse(model))) {
        g.with(s -> s.gpr[0] = Cpu.CR4_PAE | Cpu.CR4_LA57).code(0x0f, 0x22, 0xe0, 0xf4).run();
        assertEquals(model.equals("max") ? GuestFault.GP : -1, g.vector());
      }
    }
  }

  // Control registers

  @ParameterizedTest
  @CsvSource({
    "PG without PE,          0f22c0, 80000010",
    "NW without CD,          0f22c0, A0000011",
    "PAE off in long mode,   0f22e0, 200",
    "reserved bit of CR4,    0f22e0, 80000220",
    "reserved bit of CR3,    0f22d8, 10000000000",
    "upper half of CR0,      0f22c0, 180000011",
    "CR8 above 15,           440f22c0, 10"
  })
  void controlRegistersRefuse(String name, String code, String value) {
    try (Guest g = Guest.wide()) {
      g.with(s -> s.gpr[0] = Long.parseLong(value, 16));
      g.memory().copyIn(CODE, HexFormat.of().parseHex(code));
      g.run().expectFault(GuestFault.GP, 0);
    }
  }

  @Test
  void pcidNeedsALongModeCr3WithoutOne() {
    try (Guest g = Guest.wide()) {
      g.with(s -> s.gpr[0] = s.cr4 | Cpu.CR4_PCIDE).code(0x0f, 0x22, 0xe0, 0xf4).run();
      assertEquals(-1, g.vector());
    }
    try (Guest g = Guest.wide()) {
      g.with(s -> s.gpr[0] = s.cr4 | Cpu.CR4_PCIDE).with(s -> s.cr3 |= 8);
      g.code(0x0f, 0x22, 0xe0).run().expectFault(GuestFault.GP, 0);
    }
  }

  @Test
  void paeChecksThePointersWhenCr3IsLoaded() {
    try (Guest g = pae(P | RW)) {
      // mov dword [PDPT + 8], P | RW; mov cr3, eax
      g.with(s -> s.gpr[0] = PDPT);
      g.code(a -> a.db(0xc7, 0x05).dd(PDPT + 8).dd(P | RW).db(0x0f, 0x22, 0xd8));
      g.run().expectFault(GuestFault.GP, 0);
    }
  }

  @Test
  void paeKeepsThePointersUntilCr3IsLoaded() {
    try (Guest g = pae(P | RW)) {
      // mov dword [PDPT], 0; invlpg [ebx]; mov al, [ebx]
      g.code(a -> a.db(0xc7, 0x05).dd(PDPT).dd(0).db(0x0f, 0x01, 0x3b, 0x8a, 0x03, 0xf4)).run();
      assertEquals(-1, g.vector());
    }
  }

  @Test
  void leavingPagingFromCompatibilityModeLeavesLongMode() {
    try (Guest g = Guest.wide()) {
      g.memory().copyIn(0x2000, new byte[] {0x0f, 0x22, (byte) 0xc0, (byte) 0xf4}); // mov cr0, eax
      g.with(s -> s.gpr[0] = 0x11);
      g.code(
          a ->
              a.push(Guest.DATA0)
                  .push(Guest.STACK)
                  .push(2)
                  .push(Guest.CODE0)
                  .push(0x2000)
                  .db(0x48, 0xcf));
      g.run();
      assertEquals(0, g.state.efer & 1 << 10, "LMA");
      assertEquals(1 << 8, g.state.efer & 1 << 8, "LME");
      assertEquals(0x11, g.state.cr0);
      assertEquals(Guest.CODE0, g.selector(CpuState.CS));
    }
  }
}
