package org.jvmm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.pc.PcConfig;
import picocli.CommandLine;

final class OptionsTest {
  private static Options parse(String... args) {
    Options options = new Options();
    AnyLine.parser(options).parseArgs(args);
    return options;
  }

  private static String complaint(String... args) {
    return Suggestions.explain(
        assertThrows(CommandLine.ParameterException.class, () -> parse(args)));
  }

  @Test
  void aCommandLineOfQemusIsTaken() {
    Options options =
        parse(
            "-m",
            "512",
            "-smp",
            "2",
            "-cpu",
            "host,-avx2",
            "-accel",
            "kvm",
            "-nographic",
            "-no-reboot",
            "-kernel",
            "bzImage",
            "-initrd",
            "initrd.gz",
            "-append",
            "console=ttyS0 -x",
            "-serial",
            "null",
            "-serial",
            "file:out",
            "-name",
            "guest");
    assertEquals(Path.of("bzImage"), options.kernel);
    assertEquals("console=ttyS0 -x", options.append);
    assertEquals(List.of("null", "file:out"), options.serials);
    assertTrue(options.noReboot && options.nographic);
  }

  @Test
  void anUnknownOptionIsAnsweredWithTheNearestOne() {
    assertEquals(
        "unknown option '-krenel'; did you mean '-kernel'? (see -help)", complaint("-krenel", "x"));
    assertEquals(
        "unknown option '-no-rebot'; did you mean '-no-reboot'? (see -help)",
        complaint("-no-rebot"));
    for (String far : List.of("-xen-attach", "-zzzzzzzzzzzzzz")) {
      assertEquals("unknown option '%s' (see -help)".formatted(far), complaint(far));
    }
  }

  @Test
  void aFileThatStandsAloneIsExplained() {
    assertTrue(complaint("bzImage").contains("-kernel"), complaint("bzImage"));
  }

  @ParameterizedTest
  @CsvSource({
    "512, 536870912",
    "512M, 536870912",
    "2G, 2147483648",
    "size=64m, 67108864",
    "1025K, 1048576",
    "'1G,slots=2,maxmem=4G', 1073741824",
    "1T, 1099511627776"
  })
  void memorySizesAreMebibytesOrHaveASuffix(String text, long bytes) {
    assertEquals(bytes, MemorySize.parse(text) & -(1L << 20));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "-5", "1K", "2T", "12x", "9999999999999G", "1.5G"})
  void absurdMemorySizesAreRefused(String text) {
    assertThrows(UsageException.class, () -> MemorySize.parse(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "300", "two", "", "-1", "99999999999"})
  void absurdVcpuCountsAreRefused(String text) {
    assertThrows(UsageException.class, () -> SmpOption.parse(text));
  }

  @Test
  void smpTakesQemusTopologyForm() {
    assertEquals(4, SmpOption.parse("4,sockets=1"));
    assertEquals(2, SmpOption.parse("cpus=2"));
    assertEquals(12, SmpOption.parse("sockets=2,cores=3,threads=2"));
    assertThrows(UsageException.class, () -> SmpOption.parse("sockets=200,cores=200"));
  }

  @Test
  void theAcceleratorsSwitchesAreTakenApart() {
    AccelOption accel = AccelOption.parse("kvm,kernel-irqchip=split,rescue=off");
    assertEquals(new AccelOption("kvm", IrqchipMode.SPLIT, Map.of("rescue", "off")), accel);
    assertThrows(UsageException.class, () -> AccelOption.parse("kvm,kernel-irqchip=maybe"));
    assertThrows(UsageException.class, () -> AccelOption.parse("kvm,x"));
  }

  @Test
  void theMachineOptionMayNameTheAccelerator() {
    assertEquals(
        List.of("kvm,kernel-irqchip=off"),
        MachineOption.accels(parse("-M", "pc,accel=kvm,kernel-irqchip=off")));
    assertEquals(List.of("auto"), MachineOption.accels(parse()));
    assertThrows(UsageException.class, () -> MachineOption.accels(parse("-M", "q35")));
  }

  @Test
  void severalAcceleratorsAreTriedInTheirOrder() {
    assertEquals(List.of("kvm", "tcg"), MachineOption.accels(parse("-M", "pc,accel=kvm:tcg")));
    assertEquals(
        List.of("none", "tcg"), MachineOption.accels(parse("-accel", "none", "-accel", "tcg")));
    List<AccelOption> wanted = List.of(AccelOption.parse("none"), AccelOption.parse("tcg"));
    AccelOption first = new AcceleratorChoice().first(wanted);
    assertEquals("soft", first.name());
  }

  @Test
  void tcgIsTheCpuInJava() {
    assertEquals(
        new AccelOption("soft", null, Map.of()), AccelOption.parse("tcg,thread=multi,tb-size=64"));
  }

  @Test
  void whatAMachineOfLibvirtsSaysBesideItsTypeChangesNothing() {
    String machine = "pc-i440fx-7.2,usb=off,vmport=off,dump-guest-core=off,hpet=off,accel=kvm";
    assertEquals(List.of("kvm"), MachineOption.accels(parse("-machine", machine)));
    assertThrows(UsageException.class, () -> MachineOption.accels(parse("-M", "pc,usbb=off")));
  }

  @Test
  void whatChangesNothingHereIsPassedOver() {
    Options options =
        parse(
            "-no-user-config -no-hpet -k de -audiodev none,id=a -msg timestamp=on -sandbox on"
                .split(" "));
    assertEquals(List.of(), options.absent);
    assertNull(options.refusal);
  }

  @Test
  void whatAGuestRunsWithoutIsSaidInALineEach() {
    Options options = parse("-vnc", ":1", "-soundhw", "ac97", "-parallel", "none", "-sdl");
    assertEquals(
        List.of(
            "-vnc :1: there is no display so far",
            "-soundhw ac97: there is no such device; the guest runs without",
            "-sdl: there is no display so far"),
        options.absent);
  }

  @Test
  void whatAUserWouldRelyOnIsRefused() {
    assertEquals("-s: there is no debugger's end so far", parse("-s").refusal);
    assertTrue(parse("-qmp", "stdio").refusal.startsWith("-qmp stdio: there is no QMP"));
    assertEquals(2, Jvmm.execute(new String[] {"-loadvm", "x"}));
  }

  @Test
  void aDeviceThatAGuestRunsWithoutIsToldOf() {
    DeviceOption devices =
        DeviceOption.parse(List.of("usb-tablet", "VGA,vgamem_mb=16", "virtio-rng-pci", "pvpanic"));
    assertEquals(
        List.of(
            "-device usb-tablet: there is none; the guest runs without",
            "-device VGA: there is none; the guest runs without",
            "-device virtio-rng-pci: there is none; the guest runs without"),
        devices.absent());
  }

  @Test
  void helpListsWhatThereIs() {
    assertFalse(Listing.isAsked(parse()));
    assertTrue(Listing.of(parse("-M", "help")).contains("\npc "));
    assertTrue(Listing.of(parse("-device", "help")).contains("\nide-cd\n"));
    assertTrue(Listing.of(parse("-accel", "help")).contains("\nsoft\n"));
  }

  @Test
  void whatTheGuestsEndDoesIsChosen() {
    assertEquals(new ActionOption(true, false), ActionOption.of(parse("-no-reboot")));
    assertEquals(new ActionOption(false, true), ActionOption.of(parse("-no-shutdown")));
    assertEquals(
        new ActionOption(true, true),
        ActionOption.of(parse("-action", "reboot=shutdown,shutdown=pause")));
    assertEquals(
        new ActionOption(false, false),
        ActionOption.of(parse("-no-reboot", "-action", "reboot=reset")));
    assertThrows(UsageException.class, () -> ActionOption.of(parse("-action", "shutdown=reset")));
  }

  @Test
  void theRealTimeClockStartsAtAGivenDate() {
    assertEquals(LocalDateTime.of(2026, 1, 31, 12, 0), RtcOption.parse("base=2026-01-31T12:00:00"));
    assertEquals(LocalDateTime.of(2026, 1, 31, 0, 0), RtcOption.parse("base=2026-01-31"));
    assertEquals(
        LocalDateTime.of(2003, 7, 1, 0, 0),
        RtcOption.parse("base=2003-07-01,clock=host,driftfix=slew"));
    assertThrows(UsageException.class, () -> RtcOption.parse("base=yesterday"));
    assertThrows(UsageException.class, () -> RtcOption.parse("bas=utc"));
  }

  @Test
  void testDevicesAreKnownByQemusNames() {
    DeviceOption devices =
        DeviceOption.parse(
            List.of(
                "isa-debug-exit,iobase=0x501,iosize=2",
                "pc-testdev",
                "pci-testdev",
                "pci-testdev,membar=16G"));
    assertEquals(new PcConfig.DebugExit(0x501, 2), devices.debugExit());
    assertEquals(new PcConfig.TestDevices(true, List.of(0L, 16L << 30)), devices.testDevices());
    for (String wrong :
        List.of("nvme", "pc-testdev,x=1", "pci-testdev,membar=3M", "isa-debug-exit,iosize=9")) {
      assertThrows(UsageException.class, () -> DeviceOption.parse(List.of(wrong)), wrong);
    }
  }
}
