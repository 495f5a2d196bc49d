package org.jvmm.softcpu.isa;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DecoderTest {
  private static final int LONG = Mode.CODE64 | Mode.PROTECTED | Mode.LONG | Mode.KERNEL;

  private static Insn decode(String hex, int mode) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    return new Decoder().decode(i -> i < bytes.length ? bytes[i] & 0xff : 0x90, mode, 0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "4801d8 | add rax, rbx",
        "00e0 | add al, ah",
        "4000e0 | add al, spl",
        "f0480fb10f | lock cmpxchg qword [rdi], rcx",
        "488b8424f0000000 | mov rax, qword [rsp+0xf0]",
        "8b0510000000 | mov eax, dword [0x16]",
        "6448890c2528000000 | mov qword fs:[0x28], rcx",
        "f3a4 | rep movs byte es:[rdi], byte ds:[rsi]",
        "660fbec0 | movsx ax, al",
        "4863d0 | movsxd rdx, eax",
        "48b88877665544332211 | mov rax, 0x1122334455667788",
        "750a | jne 0xc",
        "f390 | pause",
        "f34190 | xchg r8d, eax",
        "f30fb8c1 | popcnt eax, ecx",
        "0f01f8 | swapgs"
      })
  void instructionsOf64BitModeAreDisassembledInIntelSyntax(String hex, String text) {
    assertEquals(text, decode(hex, LONG).toString());
  }

  @Test
  void theSixteenBitAddressFormsNameTheirSegment() {
    Insn insn = decode("8b4204", 0);
    assertEquals("mov ax, word [bp+si+0x4]", insn.toString().replace("+4", "+0x4"));
    assertEquals(2, insn.segment);
  }

  @Test
  void operandSizePrefixesDependOnTheCodeSegment() {
    assertEquals(2, decode("01d8", Mode.PROTECTED).operandSize);
    assertEquals(4, decode("6601d8", Mode.PROTECTED).operandSize);
    assertEquals(4, decode("01d8", Mode.PROTECTED | Mode.CODE32).operandSize);
  }

  @Test
  void lockWithoutAMemoryDestinationIsUndefined() {
    assertThrows(UndefinedOpcode.class, () -> decode("f001d8", LONG));
  }

  @Test
  void opcodesOfOldModesAreUndefinedIn64BitMode() {
    assertThrows(UndefinedOpcode.class, () -> decode("27", LONG));
    assertEquals("daa", decode("27", 0).toString());
  }

  @Test
  void fifteenBytesAreTheLimit() {
    assertEquals(15, decode("66".repeat(14) + "90", LONG).length);
    assertThrows(UndefinedOpcode.class, () -> decode("66".repeat(15) + "90", LONG));
  }
}
