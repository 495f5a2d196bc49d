package org.jvmm.softcpu.exec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.softcpu.cpu.Events;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.fault.GuestFault;

/** Compiled blocks do what the same blocks do one instruction after the other. */
class RegionTest {
  private static final int RAX = 0, RCX = 1, RBX = 3, RSI = 6;
  private static final int DATA = 0x4000;

  /** mov ecx, 1000; l: add eax, ecx; test cl, 3; jne n; inc ebx; n: dec ecx; jne l; jmp $. */
  private static final String LOOP = "b9e8030000 01c8 f6c103 7502 ffc3 ffc9 75f3 ebfe";

  private final FlatCpu compiled = new FlatCpu(64);
  private final FlatCpu plain = new FlatCpu(64);

  @BeforeEach
  void compileAtOnce() {
    compiled.interpreter.compileAfter(2, true);
    plain.interpreter.compileAfter(Integer.MAX_VALUE, false);
  }

  @AfterEach
  void close() {
    compiled.close();
    plain.close();
  }

  private void runBoth(int instructions, String hex) {
    compiled.run(instructions, hex);
    plain.run(instructions, hex);
  }

  private void goBoth(int instructions) {
    compiled.go(instructions);
    plain.go(instructions);
  }

  private void assertSameState() {
    assertEquals(plain.cpu.rip, compiled.cpu.rip, "rip");
    assertEquals(plain.cpu.instructions, compiled.cpu.instructions, "instructions");
    assertEquals(Flags.get(plain.cpu), Flags.get(compiled.cpu), "flags");
    for (int i = 0; i < 16; i++) {
      assertEquals(plain.cpu.gpr[i], compiled.cpu.gpr[i], "register " + i);
    }
    assertArrayEquals(memory(plain), memory(compiled), "memory");
  }

  private static byte[] memory(FlatCpu cpu) {
    byte[] data = new byte[0x4000];
    cpu.map.memory().copyOut(DATA, data, 0, data.length);
    return data;
  }

  private Region region(int offset) {
    return block(offset).region;
  }

  private Block block(int offset) {
    return compiled.code.find(FlatCpu.CODE + offset, compiled.cpu.mode);
  }

  @Test
  void aBlockThatRunsOftenIsCompiled() {
    runBoth(100, LOOP);
    assertNotNull(region(5));
    assertNull(region(0), "it ran once");
  }

  @Test
  void theBlocksOfALoopAreOneRegion() {
    runBoth(100, LOOP);
    assertSame(region(5), region(14));
  }

  @Test
  void aRegionIsEnteredAtEachOfItsBlocks() {
    runBoth(100, LOOP);
    int heat = block(14).heat;
    compiled.cpu.rip = FlatCpu.CODE + 14;
    plain.cpu.rip = FlatCpu.CODE + 14;
    goBoth(1000);
    assertSameState();
    assertTrue(block(14).heat < heat + 10, "by itself it runs only near the limit");
  }

  @Test
  void aRegionIsGoneWhenAByteOfAnyOfItsBlocksIsOverwritten() {
    runBoth(100, LOOP);
    compiled.code.codeWritten(FlatCpu.CODE + 14, 1); // of its second block
    assertNull(region(5));
  }

  /**
   * mov ecx, 1000; l: call f; dec ecx; jne l; mov ecx, 1000; m: call f; inc ebx; dec ecx; jne m;
   * jmp $; f: add eax, 3; ret.
   */
  private static final String TWO_CALLERS =
      "b9e8030000 e816000000 ffc9 75f7 b9e8030000 e808000000 ffc3 ffc9 75f5 ebfe 83c003 c3";

  @Test
  void aFunctionReturnsToEachOfTheRegionsThatCallIt() {
    runBoth(20_000, TWO_CALLERS);
    assertSameState();
    assertEquals(6000, compiled.cpu.gpr[RAX]);
    assertEquals(1000, compiled.cpu.gpr[RBX]);
  }

  @Test
  void aFunctionThatIsOverwrittenIsGoneFromEachRegionThatItIsPartOf() {
    runBoth(20_000, TWO_CALLERS);
    assertNotNull(region(10));
    assertNotNull(region(24));
    assertFalse(region(10) == region(24), "two loops");
    compiled.code.codeWritten(FlatCpu.CODE + 32, 1);
    assertNull(region(10));
    assertNull(region(24));
  }

  /** LAHF: its handler may touch any register, so much is written around it. */
  @Test
  void whatWouldBeTooLargeForHotSpotIsNotCompiled() {
    String first = "9f".repeat(63) + "eb00";
    runBoth(2000, first + "9f".repeat(63) + "eb00" + "9f".repeat(5) + "e974ffffff");
    assertSameState();
    assertNull(region(0), "a block of its own");
  }

  @Test
  void aLoopComputesTheSame() {
    runBoth(6000, LOOP);
    assertSameState();
    assertEquals(500_500, compiled.cpu.gpr[RAX]);
    assertEquals(250, compiled.cpu.gpr[RBX]);
  }

  @ParameterizedTest
  @ValueSource(ints = {16, 32, 64})
  void everyInstructionCountIsExact(int seed) {
    Random random = new Random(seed);
    runBoth(1, LOOP);
    for (int i = 0; i < 500; i++) {
      goBoth(1 + random.nextInt(20));
      assertSameState();
    }
  }

  @Test
  void anEventIsSeenBetweenTwoBlocks() throws InterruptedException {
    compiled.run(100, "ebfe");
    Thread kicks = new Thread(() -> compiled.cpu.events.post(Events.KICK));
    kicks.start();
    assertTrue(compiled.interpreter.run(Long.MAX_VALUE));
    kicks.join();
  }

  /** l: mov rax, rbx; xor edx, edx; div ecx; dec ecx; jmp l: #DE when RCX is 0. */
  @Test
  void aFaultIsThatOfItsInstruction() {
    compiled.cpu.gpr[RCX] = 100;
    plain.cpu.gpr[RCX] = 100;
    runBoth(10_000, "4889d8 31d2 f7f1 ffc9 ebf5");
    assertEquals(GuestFault.DE, compiled.fault);
    assertEquals(FlatCpu.CODE + 5, compiled.cpu.rip);
    assertSameState();
  }

  /** l: mov [rsi], rcx; add rsi, 8; push rcx; pop rax; dec ecx; jne l; jmp $. */
  @Test
  void memoryIsWhatItWouldBe() {
    compiled.cpu.gpr[RSI] = DATA;
    plain.cpu.gpr[RSI] = DATA;
    runBoth(3000, "b9f4010000 48890e 4883c608 51 58 ffc9 75f3 ebfe");
    assertSameState();
  }

  /**
   * l: mov rax, [rsi]; add rax, rcx; mov [rsi], rax; push [rsi]; pop rdx; dec ecx; jne l; jmp $.
   */
  @Test
  void anAccessThatTheTlbNeverHasIsMadeInItsPlace() {
    compiled.cpu.gpr[RSI] = DATA + 0xffc; // over the end of a page
    plain.cpu.gpr[RSI] = DATA + 0xffc;
    runBoth(1, "b9e8030000 488b06 4801c8 488906 ff36 5a ffc9 75f0 ebfe");
    for (int i = 0; i < 300; i++) {
      goBoth(1 + i % 17);
      assertSameState();
    }
    assertNotNull(region(5));
  }

  /** The loop's 50th turn overwrites the immediate of its own next instruction. */
  @Test
  void codeThatOverwritesItselfRunsAsItIsThen() {
    // l: cmp ecx, 50; setz dl; mov [l2 + 2 - ...], dl through rsi; l2: add eax, imm8; dec ecx; jne
    // l
    String code = "b964000000 83f932 0f94c2 8816 83c000 ffc9 75f1 ebfe";
    compiled.cpu.gpr[RSI] = FlatCpu.CODE + 15;
    plain.cpu.gpr[RSI] = FlatCpu.CODE + 15;
    runBoth(1000, code);
    assertSameState();
    assertEquals(1, compiled.cpu.gpr[RAX]);
  }

  /** An outer loop around REP STOSB of more than one batch, which is left in between. */
  @Test
  void aRepeatedInstructionGoesOnWhereItWas() {
    // l: mov edi, DATA; mov ecx, 4099; std; add edi, 4098; rep stosb; cld; inc ebx; jmp l
    runBoth(1, "eb00 bf00400000 b903100000 fd 81c702100000 f3aa fc ffc3 ebe9");
    for (int i = 0; i < 200; i++) {
      compiled.cpu.events.clear(Events.PAUSE);
      plain.cpu.events.clear(Events.PAUSE);
      goBoth(3);
      assertSameState();
    }
    assertFalse(compiled.cpu.gpr[RBX] == 0);
  }
}
