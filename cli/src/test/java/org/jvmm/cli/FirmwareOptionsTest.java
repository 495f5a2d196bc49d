package org.jvmm.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.pc.PcConfig;
import org.jvmm.pc.firmware.BootPlan;

final class FirmwareOptionsTest {
  @TempDir Path dir;

  private static Options parse(String... args) {
    Options options = new Options();
    AnyLine.parser(options).parseArgs(args);
    return options;
  }

  @Test
  void aBootOrderIsLettersOrKeys() {
    assertEquals("dc", BootOption.parse("dc").order());
    assertEquals(BootPlan.USUAL, BootOption.parse(null));
    BootPlan full =
        BootOption.parse("order=c,once=d,menu=on,splash-time=500,reboot-timeout=1000,strict=on");
    assertEquals(new BootPlan("c", "d", true, 500, 1000), full);
    assertEquals("d", full.once());
    assertEquals("cad", BootOption.parse("menu=on").once());
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "cc", "order=cdan", "menu=perhaps", "splash-time=70000", "ordr=c"})
  void absurdBootOptionsAreRefused(String text) {
    assertThrows(UsageException.class, () -> BootOption.parse(text));
  }

  @Test
  void itemsAreStringsOrFiles() throws IOException {
    Path file = Files.write(dir.resolve("x"), new byte[] {1, 2});
    Map<String, byte[]> items =
        parse("-fw_cfg", "opt/a,string=b", "-fw_cfg", "name=opt/c,file=" + file)
            .firmware
            .config(null, BootPlan.USUAL)
            .items();
    assertArrayEquals(new byte[] {'b'}, items.get("opt/a"));
    assertArrayEquals(new byte[] {1, 2}, items.get("opt/c"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"opt/a", "name=opt/a,string=x,file=y", "string=x", "opt/a,file=/nonexistent"})
  void absurdItemsAreRefused(String item) {
    FirmwareOptions options = parse("-fw_cfg", item).firmware;
    assertThrows(UsageException.class, () -> options.config(null, BootPlan.USUAL));
  }

  @Test
  void aKernelIsEnteredDirectlyUnlessAFirmwareIsNamed() {
    Options direct = parse("-kernel", "bzImage", "-hda", "disk");
    assertNull(BootChoice.of(direct, DriveList.of(direct.drives)).rom());
    Options both = parse("-kernel", "bzImage", "-bios", "rom.bin");
    assertEquals(Path.of("rom.bin"), BootChoice.of(both, List.of()).rom());
    Options disk = parse("-hda", "disk", "-bios", "rom.bin");
    BootChoice choice = BootChoice.of(disk, DriveList.of(disk.drives));
    assertEquals(Path.of("rom.bin"), choice.rom());
    assertNull(choice.kernel());
  }

  @Test
  void theDebugConsoleCanBeMovedAndNamed() {
    assertEquals(
        0x402,
        parse("-global", "isa-debugcon.iobase=0x402").peripherals.debugconPort(PcConfig.DEBUGCON));
    DeviceOption devices =
        DeviceOption.parse(
            List.of("isa-debugcon,iobase=0x402,chardev=sea", "isa-debug-exit,iobase=0xf5"));
    assertEquals(new DeviceOption.DebugCon(0x402, "sea"), devices.debugcon());
    assertEquals(new PcConfig.DebugExit(0xf5, 4), devices.debugExit());
    PeripheralOptions ends =
        parse("-chardev", "stdio,id=a", "-chardev", "file,id=sea,path=log").peripherals;
    assertEquals("file:log", ends.resolve("-serial", "chardev:sea"));
    assertThrows(UsageException.class, () -> ends.resolve("-serial", "chardev:b"));
  }

  @Test
  void whatIsNotThereIsSaidAndNonsenseIsRefused() {
    assertEquals(List.of(), parse("-vga", "none", "-display", "none").peripherals.missing());
    assertEquals(2, parse("-vga", "cirrus", "-usb").peripherals.missing().size());
    PeripheralOptions absurd = parse("-vga", "cga").peripherals;
    assertThrows(UsageException.class, absurd::missing);
    assertTrue(parse("-no-acpi").firmware.noAcpi);
  }
}
