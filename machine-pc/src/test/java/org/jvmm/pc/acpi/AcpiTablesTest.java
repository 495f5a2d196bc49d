package org.jvmm.pc.acpi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.core.mem.GuestMemory;
import org.jvmm.core.mem.MemoryMap;
import org.jvmm.core.mem.MemorySlot;
import org.jvmm.core.mem.RamAllocator;

class AcpiTablesTest {
  private static final int MADT_ENTRIES = 44;

  private final MemoryMap map = new MemoryMap();
  private final GuestMemory memory = map.memory();

  AcpiTablesTest() {
    map.map(new MemorySlot("ram", 0, 2 << 20, RamAllocator.HEAP.allocate("ram", 2 << 20), 0, true));
  }

  @AfterEach
  void free() {
    map.close();
  }

  static AcpiConfig config(int vcpus, boolean pci) {
    var power = new AcpiConfig.Power(9, 0x600, 0x604, 0x608, 0xAFE0, 4, 5, 0xCF9, 6);
    var devices =
        List.of(
            AcpiDevice.uart(1, 0x3F8, 4),
            AcpiDevice.rtc(0x70, 8),
            AcpiDevice.keyboard(0x60, 0x64, 1),
            AcpiDevice.mouse(12),
            AcpiDevice.pvpanic(0x505));
    byte[] routing =
        Aml.name(
            "_PRT",
            Aml.pack(
                Aml.pack(Aml.integer(0x1FFFF), Aml.integer(0), Aml.integer(0), Aml.integer(10))));
    byte[] status = Aml.method("_STA", 0, Aml.returns(Aml.integer(0x0F)));
    List<byte[]> bridge =
        pci ? List.of(PciRootBridge.aml(0xC000_0000L, 0xFEBF_FFFFL, routing, status)) : List.of();
    List<byte[]> ssdts =
        pci ? List.of(Aml.scope("\\_SB.PCI0", Aml.name("TEST", Aml.integer(1L << 40)))) : List.of();
    return new AcpiConfig(
        vcpus,
        0xFEE0_0000L,
        0xFEC0_0000L,
        power,
        pci ? Set.of(10, 11) : Set.of(),
        false,
        devices,
        bridge,
        ssdts);
  }

  private long write(AcpiConfig config) {
    return new AcpiTables(config).write(memory);
  }

  private byte[] bytes(long address, int length) {
    byte[] bytes = new byte[length];
    memory.copyOut(address, bytes, 0, length);
    return bytes;
  }

  private static int sum(byte[] bytes) {
    int sum = 0;
    for (byte one : bytes) {
      sum += one;
    }
    return sum & 0xff;
  }

  private byte[] table(long address) {
    byte[] table = bytes(address, memory.read32(address + 4));
    assertEquals(0, sum(table), "checksum of " + signature(table));
    return table;
  }

  private static String signature(byte[] table) {
    return new String(table, 0, 4, StandardCharsets.US_ASCII);
  }

  /** Follows the pointers as an OS does: RSDP, XSDT, the tables it lists, and the FADT's DSDT. */
  private Map<String, Long> walk(long rsdp) {
    assertEquals("RSD PTR ", new String(bytes(rsdp, 8), StandardCharsets.US_ASCII));
    assertEquals(2, memory.read8(rsdp + 15));
    assertEquals(0, sum(bytes(rsdp, 20)));
    assertEquals(0, sum(bytes(rsdp, 36)));
    byte[] rsdt = table(memory.read32(rsdp + 16));
    long xsdtAt = memory.read64(rsdp + 24);
    byte[] xsdt = table(xsdtAt);
    assertEquals("RSDT", signature(rsdt));
    assertEquals("XSDT", signature(xsdt));
    int count = (xsdt.length - 36) / 8;
    assertEquals(count, (rsdt.length - 36) / 4);
    Map<String, Long> found = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      long at = memory.read64(xsdtAt + 36 + 8 * i);
      assertEquals(at, memory.read32(memory.read32(rsdp + 16) + 36 + 4 * i));
      found.put(signature(table(at)), at);
    }
    found.put("DSDT", memory.read64(found.get("FACP") + 140));
    found.put("FACS", (long) memory.read32(found.get("FACP") + 36));
    table(found.get("DSDT"));
    return found;
  }

  @Test
  void everyTableIsReachableFromTheRsdpAndSumsToZero() {
    Map<String, Long> tables = walk(write(config(2, true)));
    assertEquals(Set.of("FACP", "APIC", "SSDT", "DSDT", "FACS"), tables.keySet());
    assertEquals(0, tables.get("FACS") % 64);
    assertEquals("FACS", signature(bytes(tables.get("FACS"), 4)));
    assertEquals((long) memory.read32(tables.get("FACP") + 40), tables.get("DSDT"));
  }

  @Test
  void theFadtNamesTheBoardsPortsTwice() {
    long fadt = walk(write(config(1, false))).get("FACP");
    assertEquals(276, memory.read32(fadt + 4));
    assertEquals(6, memory.read8(fadt + 8));
    assertEquals(9, memory.read16(fadt + 46));
    assertEquals(0, memory.read32(fadt + 48), "SMI_CMD");
    assertEquals(0x600, memory.read32(fadt + 56));
    assertEquals(0x604, memory.read32(fadt + 64));
    assertEquals(0x608, memory.read32(fadt + 76));
    assertEquals(0xAFE0, memory.read32(fadt + 80));
    assertEquals(0x0400_0204, memory.read32(fadt + 88), "PM1_EVT_LEN to PM_TMR_LEN");
    assertEquals(4, memory.read8(fadt + 92));
    assertEquals(0x2001, memory.read16(fadt + 148), "X_PM1a_EVT_BLK: ports, 32 bits");
    assertEquals(0x600, memory.read64(fadt + 152));
    assertEquals(0x604, memory.read64(fadt + 176));
    assertEquals(0x608, memory.read64(fadt + 212));
    assertEquals(0xAFE0, memory.read64(fadt + 224));
    assertEquals(0x0801, memory.read16(fadt + 116), "RESET_REG: ports, 8 bits");
    assertEquals(0xCF9, memory.read64(fadt + 120));
    assertEquals(6, memory.read8(fadt + 128));
    assertEquals(1 << 10, memory.read32(fadt + 112) & 1 << 10, "RESET_REG_SUP");
    assertEquals(0, memory.read32(fadt + 112) & 1 << 4, "PWR_BUTTON is a fixed one");
    assertEquals(0b111, memory.read16(fadt + 109), "legacy devices, 8042, no VGA");
  }

  @Test
  void theMadtListsVcpusIoapicOverridesAndNmi() {
    long madt = walk(write(config(2, false))).get("APIC");
    assertEquals(0xFEE0_0000L, memory.read32(madt + 36) & 0xffff_ffffL);
    assertEquals(1, memory.read32(madt + 40), "PCAT_COMPAT");
    assertEquals(
        List.of(
            "0008000001000000",
            "0008010101000000",
            "010c00000000c0fe00000000",
            "020a0000020000000000",
            "020a0009090000000d00",
            "0406ff000001"),
        entries(madt));
  }

  private List<String> entries(long madt) {
    List<String> entries = new ArrayList<>();
    int size = memory.read32(madt + 4);
    for (int at = MADT_ENTRIES; at < size; at += memory.read8(madt + at + 1)) {
      entries.add(HexFormat.of().formatHex(bytes(madt + at, memory.read8(madt + at + 1))));
    }
    return entries;
  }

  @Test
  void vcpusFrom255OnAreX2apics() {
    List<String> entries = entries(walk(write(config(257, false))).get("APIC"));
    assertEquals("0008fefe01000000", entries.get(254));
    assertEquals("09100000ff00000001000000ff000000", entries.get(255));
    assertEquals("09100000000100000100000000010000", entries.get(256));
    assertEquals("0a0c0000ffffffff01000000", entries.get(entries.size() - 1));
  }

  @Test
  void manyVcpusStillFitAndAbsurdlyManyAreRefused() {
    walk(write(config(1024, true)));
    assertEquals(-1, memory.read32(0x20_0000), "nothing above 1 MiB is RAM here");
    AcpiConfig absurd = config(4000, false);
    assertThrows(IllegalArgumentException.class, () -> write(absurd));
  }

  @Test
  void theDsdtOfASmallMachineHasKnownBytes() throws IOException {
    String golden;
    try (var in = getClass().getResourceAsStream("dsdt.hex")) {
      golden = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    }
    String actual = HexFormat.of().formatHex(AcpiTables.dsdt(config(2, true)));
    assertEquals(golden.replaceAll("\\s", ""), actual);
  }

  @Test
  void iaslDisassemblesAndRecompilesEveryTable(@TempDir Path dir) throws Exception {
    assumeTrue(onPath("iasl"), "iasl (acpica-tools) is not installed");
    Map<String, Long> tables = walk(write(config(300, true)));
    for (Map.Entry<String, Long> entry : tables.entrySet()) {
      Path file = dir.resolve(entry.getKey() + ".dat");
      Files.write(file, bytes(entry.getValue(), memory.read32(entry.getValue() + 4)));
    }
    for (String name : tables.keySet()) {
      // The SSDT refers to the DSDT's names.
      String output =
          name.equals("SSDT")
              ? run(dir, "iasl", "-e", "DSDT.dat", "-d", "SSDT.dat")
              : run(dir, "iasl", "-d", name + ".dat");
      assertFalse(output.matches("(?s).*(Error|Warning|Invalid|Incorrect|Could not).*"), output);
      assertTrue(Files.exists(dir.resolve(name + ".dsl")), output);
    }
    String compiled = run(dir, "iasl", "-oa", "-p", "again", "DSDT.dsl");
    assertTrue(compiled.contains(" 0 Errors, 0 Warnings"), compiled);
    byte[] again = Files.readAllBytes(dir.resolve("again.aml"));
    assertEquals(
        HexFormat.of().formatHex(Files.readAllBytes(dir.resolve("DSDT.dat")), 36, again.length),
        HexFormat.of().formatHex(again, 36, again.length),
        "iasl compiles the disassembly to the same AML");
  }

  private static boolean onPath(String program) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }

  private static String run(Path dir, String... command) throws Exception {
    Process process =
        new ProcessBuilder(command).directory(dir.toFile()).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output;
  }
}
