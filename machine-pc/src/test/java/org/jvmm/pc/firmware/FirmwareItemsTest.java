package org.jvmm.pc.firmware;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.core.bus.PortBus;
import org.jvmm.core.mem.MemoryMap;
import org.jvmm.devices.fwcfg.FwCfg;
import org.jvmm.pc.IsaPort;
import org.jvmm.pc.acpi.AcpiConfig;
import org.jvmm.pc.acpi.AcpiTables;
import org.jvmm.pc.boot.BootException;
import org.jvmm.pc.boot.PcMemoryLayout;

class FirmwareItemsTest {
  /** Items of QEMU that this board has not, each with the reason. */
  private static final Map<String, String> ABSENT =
      Map.of(
          "bios-geometry", "translations of disks that a user has set; there is no such option",
          "etc/system-states", "suspend to RAM and disk, which this board does not do",
          "genroms/kvmvapic.bin", "a ROM of QEMU's that patches 32-bit Windows' TPR accesses");

  /** Items whose size is another, each with the reason. */
  private static final Map<String, String> OTHER_SIZE =
      Map.of(
          "etc/e820", "no range of HyperTransport below 1 TiB, which QEMU's AMD models reserve",
          "etc/acpi/rsdp", "revision 2 with an XSDT, not revision 0",
          "etc/acpi/tables", "other tables, and not filled up to 128 KiB",
          "etc/table-loader", "not filled up to 4 KiB",
          "etc/smbios/smbios-tables", "other names inside");

  @TempDir Path dir;

  /** A fw_cfg as firmware sees it. */
  private static final class Reader {
    private final PortBus bus = new PortBus();

    Reader(FirmwareConfig config, long ram, int vcpus) {
      FwCfg device =
          new FwCfg(
              FirmwareItems.of(config, new PcMemoryLayout(ram), vcpus, acpi(vcpus)),
              new MemoryMap().memory());
      bus.attach("fwcfg", IsaPort.FW_CFG, FwCfg.PORTS, 4, device);
    }

    byte[] key(int key, int size) {
      bus.write(IsaPort.FW_CFG, 2, key);
      byte[] bytes = new byte[size];
      for (int i = 0; i < size; i++) {
        bytes[i] = (byte) bus.read(IsaPort.FW_CFG + 1, 1);
      }
      return bytes;
    }

    /** Keys and sizes by name. */
    Map<String, int[]> directory() {
      int count = ByteBuffer.wrap(key(0x19, 4)).getInt();
      ByteBuffer entries = ByteBuffer.wrap(key(0x19, 4 + 64 * count)).position(4);
      Map<String, int[]> files = new LinkedHashMap<>();
      for (int i = 0; i < count; i++) {
        int size = entries.getInt();
        int key = entries.getInt() >>> 16;
        byte[] name = new byte[56];
        entries.get(name);
        files.put(new String(name, StandardCharsets.US_ASCII).trim(), new int[] {key, size});
      }
      return files;
    }

    byte[] file(String name) {
      int[] entry = directory().get(name);
      return key(entry[0], entry[1]);
    }
  }

  private static AcpiTables acpi(int vcpus) {
    var power = new AcpiConfig.Power(9, 0x600, 0x604, 0x608, 0xAFE0, 4, 5, 0xCF9, 6);
    return new AcpiTables(
        new AcpiConfig(
            vcpus,
            0xFEE0_0000L,
            0xFEC0_0000L,
            power,
            Set.of(),
            false,
            List.of(),
            List.of(),
            List.of()));
  }

  private static FirmwareConfig config(BootPlan boot, boolean graphics, UUID uuid) {
    return new FirmwareConfig(null, boot, graphics, true, uuid, List.of(), Map.of());
  }

  /** The machine that one of the recorded command lines describes. */
  private static Reader recorded(String options) {
    UUID uuid = new UUID(0, 0);
    BootPlan boot = BootPlan.USUAL;
    if (options.startsWith("-uuid ")) {
      uuid = UUID.fromString(options.substring(6));
    } else if (options.startsWith("-boot reboot-timeout=")) {
      boot = new BootPlan("cad", "cad", false, -1, Integer.parseInt(options.substring(21)));
    } else if (options.startsWith("-boot splash-time=")) {
      boot = new BootPlan("cad", "cad", false, Integer.parseInt(options.substring(18)), -1);
    } else {
      assertEquals("", options);
    }
    return new Reader(config(boot, true, uuid), 128L << 20, 1);
  }

  private static List<String> recording() throws IOException {
    try (var in = FirmwareItemsTest.class.getResourceAsStream("fw_cfg-qemu72.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .toList();
    }
  }

  @Test
  void qemusOwnTestIsAnsweredAsQemuAnswersIt() throws IOException {
    Reader reader = null;
    int compared = 0;
    for (String line : recording()) {
      String[] words = line.split(" ", 3);
      switch (words[0]) {
        case "machine" -> reader = recorded(line.substring(7).trim());
        case "key" -> {
          byte[] expected = HexFormat.of().parseHex(words[2]);
          byte[] actual = reader.key(Integer.parseInt(words[1], 16), expected.length);
          assertArrayEquals(expected, actual, line);
          compared++;
        }
        case "item" -> {
          assertEquals(words[2], HexFormat.of().formatHex(reader.file(words[1])), line);
          compared++;
        }
        default -> {
          compareFile(reader, words[1], Integer.parseInt(words[2]));
          compared++;
        }
      }
    }
    assertTrue(compared > 40, "compared " + compared);
  }

  private static void compareFile(Reader reader, String name, int size) {
    int[] found = reader.directory().get(name);
    assertEquals(ABSENT.containsKey(name), found == null, name);
    if (found != null) {
      assertEquals(!OTHER_SIZE.containsKey(name), found[1] == size, name + ": " + found[1]);
    }
  }

  @Test
  void theDirectoryIsSortedByNameAndKeysCountUp() {
    Map<String, int[]> files = new Reader(FirmwareConfig.NONE, 1 << 28, 2).directory();
    assertEquals(List.copyOf(new TreeMap<>(files).keySet()), List.copyOf(files.keySet()));
    int key = 0x20;
    for (int[] entry : files.values()) {
      assertEquals(key++, entry[0]);
    }
  }

  @Test
  void ramOnBothSidesOfThePciHoleIsTold() {
    Reader reader = new Reader(FirmwareConfig.NONE, 5L << 30, 3);
    ByteBuffer map = ByteBuffer.wrap(reader.file("etc/e820")).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(40, map.capacity());
    assertEquals(3L << 30, map.getLong(8));
    assertEquals(1L << 32, map.getLong(20));
    assertEquals(2L << 30, map.getLong(28));
    assertEquals(1, map.getInt(36));
    assertArrayEquals(new byte[] {3, 0}, reader.key(5, 2));
    assertArrayEquals(new byte[] {1, 0}, reader.key(4, 2), "no display");
  }

  @Test
  void theUsersItemsAndOptionRomsAreThere() throws IOException {
    Path rom = Files.write(dir.resolve("x.rom"), new byte[512]);
    FirmwareConfig config =
        new FirmwareConfig(
            null,
            BootPlan.USUAL,
            false,
            false,
            new UUID(0, 0),
            List.of(rom),
            Map.of("opt/org.example/a", new byte[] {7}));
    Reader reader = new Reader(config, 1 << 28, 1);
    assertArrayEquals(new byte[] {7}, reader.file("opt/org.example/a"));
    assertEquals(512, reader.file("genroms/x.rom").length);
    FirmwareConfig missing =
        new FirmwareConfig(
            null,
            BootPlan.USUAL,
            false,
            false,
            new UUID(0, 0),
            List.of(dir.resolve("none")),
            Map.of());
    BootException e = assertThrows(BootException.class, () -> new Reader(missing, 1 << 28, 1));
    assertTrue(e.getMessage().contains("none: no such file"), e.getMessage());
  }

  /** Does what SeaBIOS does with the script, at made-up addresses. */
  @Test
  void theLoadersScriptMakesEveryPointerAndChecksumRight() {
    Reader reader = new Reader(FirmwareConfig.NONE, 1 << 28, 2);
    Map<String, byte[]> placed = new LinkedHashMap<>();
    Map<String, Integer> addresses = new LinkedHashMap<>();
    ByteBuffer script = ByteBuffer.wrap(reader.file("etc/table-loader"));
    assertEquals(0, script.capacity() % 128);
    for (int at = 0; at < script.capacity(); at += 128) {
      ByteBuffer command = script.slice(at, 128).order(ByteOrder.LITTLE_ENDIAN);
      String file = name(command, 4);
      switch (command.getInt(0)) {
        case 1 -> {
          placed.put(file, reader.file(file));
          addresses.put(file, 0x0700_0000 + 0x10_0000 * placed.size());
          assertEquals(file.equals("etc/acpi/rsdp") ? 2 : 1, command.get(64), "zone");
        }
        case 2 -> {
          ByteBuffer target =
              ByteBuffer.wrap(placed.get(file), command.getInt(116), command.get(120))
                  .slice()
                  .order(ByteOrder.LITTLE_ENDIAN);
          target.putInt(0, target.getInt(0) + addresses.get(name(command, 60)));
        }
        case 3 -> {
          byte[] content = placed.get(file);
          int start = command.getInt(64);
          int sum = sum(content, start, command.getInt(68));
          content[command.getInt(60)] -= (byte) sum;
          assertEquals(0, sum(content, start, command.getInt(68)));
        }
        default -> throw new AssertionError("command " + command.getInt(0));
      }
    }
    checkTables(placed.get("etc/acpi/rsdp"), placed.get("etc/acpi/tables"), addresses);
  }

  private static void checkTables(byte[] rsdp, byte[] tables, Map<String, Integer> addresses) {
    int base = addresses.get("etc/acpi/tables");
    ByteBuffer all = ByteBuffer.wrap(tables).order(ByteOrder.LITTLE_ENDIAN);
    int rsdt = ByteBuffer.wrap(rsdp).order(ByteOrder.LITTLE_ENDIAN).getInt(16) - base;
    assertEquals("RSDT", signature(tables, rsdt));
    int fadt = all.getInt(rsdt + 36) - base;
    assertEquals("FACP", signature(tables, fadt));
    assertEquals("APIC", signature(tables, all.getInt(rsdt + 40) - base));
    assertEquals("FACS", signature(tables, all.getInt(fadt + 36) - base));
    assertEquals("DSDT", signature(tables, (int) all.getLong(fadt + 140) - base));
    assertEquals(0, sum(tables, fadt, all.getInt(fadt + 4)));
    assertEquals(0, sum(rsdp, 0, 36));
  }

  private static String signature(byte[] tables, int at) {
    return new String(tables, at, 4, StandardCharsets.US_ASCII);
  }

  private static String name(ByteBuffer command, int at) {
    byte[] name = new byte[56];
    command.get(at, name);
    return new String(name, StandardCharsets.US_ASCII).trim();
  }

  private static int sum(byte[] bytes, int from, int length) {
    int sum = 0;
    for (int i = from; i < from + length; i++) {
      sum += bytes[i];
    }
    return sum & 0xff;
  }

  @Test
  void smbiosCanBeWalkedFromItsAnchor() {
    UUID uuid = UUID.fromString("4600cb32-38ec-4b2f-8acb-81c6ea54f2d8");
    Reader reader = new Reader(config(BootPlan.USUAL, false, uuid), 20L << 30, 4);
    ByteBuffer anchor =
        ByteBuffer.wrap(reader.file("etc/smbios/smbios-anchor")).order(ByteOrder.LITTLE_ENDIAN);
    byte[] tables = reader.file("etc/smbios/smbios-tables");
    assertEquals("_SM_", signature(anchor.array(), 0));
    assertEquals(0, sum(anchor.array(), 0, 31));
    assertEquals(0, sum(anchor.array(), 16, 15));
    assertEquals(tables.length, anchor.getShort(22));
    StringBuilder types = new StringBuilder();
    int at = 0;
    while (at < tables.length) {
      types.append(tables[at] & 0xff).append(' ');
      if (tables[at] == 1) {
        byte[] id = Arrays.copyOfRange(tables, at + 8, at + 24);
        assertEquals("32cb0046ec382f4b8acb81c6ea54f2d8", HexFormat.of().formatHex(id));
      }
      at += tables[at + 1];
      while (tables[at] != 0 || tables[at + 1] != 0) {
        at++;
      }
      at += 2;
    }
    assertEquals("1 3 4 16 17 17 19 19 32 127 ", types.toString());
    assertEquals(10, anchor.getShort(28));
  }

  @Test
  void bootOrdersAreLettersAtMostThreeEachOnce() {
    assertTrue(BootPlan.isOrder("cda") && BootPlan.isOrder("") && BootPlan.isOrder("n"));
    assertFalse(BootPlan.isOrder("x") || BootPlan.isOrder("cc") || BootPlan.isOrder("acdn"));
    BootPlan plan = BootPlan.USUAL.withOrder("da");
    assertEquals(3, BootPlan.cmosDevice(plan.order(), 0));
    assertEquals(1, BootPlan.cmosDevice(plan.order(), 1));
    assertEquals(0, BootPlan.cmosDevice(plan.order(), 2));
  }
}
