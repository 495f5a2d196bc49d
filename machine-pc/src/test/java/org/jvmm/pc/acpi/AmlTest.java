package org.jvmm.pc.acpi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class AmlTest {
  private static String hex(byte[] aml) {
    return HexFormat.of().formatHex(aml);
  }

  @Test
  void integersTakeTheirShortestForm() {
    assertEquals("00", hex(Aml.integer(0)));
    assertEquals("01", hex(Aml.integer(1)));
    assertEquals("0aff", hex(Aml.integer(0xFF)));
    assertEquals("0b0001", hex(Aml.integer(0x100)));
    assertEquals("0c00000100", hex(Aml.integer(0x10000)));
    assertEquals("0cffffffff", hex(Aml.integer(0xFFFF_FFFFL)));
    assertEquals("0e0000000001000000", hex(Aml.integer(1L << 32)));
  }

  @Test
  void eisaIdsAreCompressedBigEndian() {
    assertEquals("0c41d00501", hex(Aml.eisaId("PNP0501"))); // ACPI 6.5 section 19.3.4
    assertThrows(IllegalArgumentException.class, () -> Aml.eisaId("QEMU0001"));
  }

  @Test
  void namesAreFilledUpAndPathsGetTheirPrefix() {
    assertEquals("5254435f", hex(Aml.nameString("RTC")));
    assertEquals("5c5f53425f", hex(Aml.nameString("\\_SB")));
    assertEquals("5c2e5f53425f50434930", hex(Aml.nameString("\\_SB.PCI0")));
    assertEquals("5e2f03414141414242424243434343", hex(Aml.nameString("^AAAA.BBBB.CCCC")));
    assertEquals("5c00", hex(Aml.nameString("\\")));
    assertThrows(IllegalArgumentException.class, () -> Aml.nameString("TOOLONG"));
    assertThrows(IllegalArgumentException.class, () -> Aml.nameString("1ABC"));
  }

  @Test
  void packageLengthCountsItselfInOneToFourBytes() {
    assertEquals("103f" + "41414141", hex(Aml.scope("AAAA", new byte[58])).substring(0, 12));
    byte[] two = Aml.scope("AAAA", new byte[59]);
    assertEquals("104104" + "41414141", hex(two).substring(0, 14));
    assertEquals(0x41, two.length - 1);
    byte[] three = Aml.scope("AAAA", new byte[0x1000]);
    assertEquals("108700" + "01" + "41414141", hex(three).substring(0, 16));
    assertEquals(0x1007, three.length - 1);
    byte[] four = Aml.scope("AAAA", new byte[0x10_0000]);
    assertEquals("10c8000001" + "41414141", hex(four).substring(0, 18));
  }

  @Test
  void aMethodReturnsItsObject() {
    assertEquals(
        "14095f53544100a40a0f", hex(Aml.method("_STA", 0, Aml.returns(Aml.integer(0x0F)))));
  }

  @Test
  void packagesCountTheirElements() {
    assertEquals(
        "1208040a050a050000",
        hex(Aml.pack(Aml.integer(5), Aml.integer(5), Aml.integer(0), Aml.integer(0))));
  }

  @Test
  void aResourceTemplateIsABufferWithAnEndTag() {
    byte[] template = Aml.resources(AmlResource.io(0x3F8, 8), AmlResource.irq(4));
    assertEquals("1110" + "0a0d" + "4701f803f8030108" + "221000" + "7900", hex(template));
  }

  @Test
  void windowsGiveMinimumMaximumAndLength() {
    assertArrayEquals(
        HexFormat.of()
            .parseHex("880d00" + "02" + "0c" + "00" + "0000" + "0000" + "ff00" + "0000" + "0001"),
        AmlResource.busWindow(0, 0xFF));
    assertArrayEquals(
        HexFormat.of()
            .parseHex(
                "871700"
                    + "00"
                    + "0c"
                    + "01"
                    + "00000000"
                    + "000000c0"
                    + "ffffbffe"
                    + "00000000"
                    + "0000c03e"),
        AmlResource.memoryWindow(0xC000_0000L, 0xFEBF_FFFFL));
    assertEquals(46, AmlResource.memoryWindow64(1L << 40, (1L << 41) - 1).length);
  }
}
