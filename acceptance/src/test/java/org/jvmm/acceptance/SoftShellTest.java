package org.jvmm.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The product as it was built, started as a user starts it, on a terminal, on the CPU written in
 * Java: Debian's kernels reach a shell that answers, and poweroff ends it. Prints the times.
 */
@Tag("soak")
final class SoftShellTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Path JAR = ROOT.resolve("jvmm.jar");
  private static final Pattern INIT = Pattern.compile("jvmm: init ([0-9.]+)");

  /** Where the JDKs of a Debian are. */
  private static final Path JDKS = Path.of("/usr/lib/jvm");

  private static final int OLDEST_JDK = 17;

  @BeforeAll
  static void whatItNeeds() {
    assumeTrue(Files.isRegularFile(JAR), "jvmm.jar is not built: mvn package");
    assumeTrue(Files.isExecutable(Terminal.SCRIPT), "script (of util-linux) is not installed");
  }

  private static List<String> viaJar(Path jdk) {
    return List.of(jdk.resolve("bin/java").toString(), "-jar", JAR.toString());
  }

  /** The JDKs of this host by version, one of each; our own in any case. */
  private static Map<Integer, Path> jdks() throws IOException {
    Map<Integer, Path> found = new TreeMap<>();
    if (Files.isDirectory(JDKS)) {
      try (Stream<Path> homes = Files.list(JDKS)) {
        for (Path home : (Iterable<Path>) homes.sorted()::iterator) {
          Path release = home.resolve("release");
          if (Files.isExecutable(home.resolve("bin/java")) && Files.isReadable(release)) {
            found.putIfAbsent(version(Files.readString(release)), home);
          }
        }
      }
    }
    found.keySet().removeIf(version -> version < OLDEST_JDK);
    found.put(Runtime.version().feature(), Path.of(System.getProperty("java.home")));
    return found;
  }

  private static int version(String release) {
    var version = Pattern.compile("JAVA_VERSION=\"(\\d+)").matcher(release);
    return version.find() ? Integer.parseInt(version.group(1)) : 0;
  }

  static Stream<Arguments> launchers() throws IOException {
    List<Arguments> all = new ArrayList<>();
    jdks()
        .forEach(
            (version, home) -> {
              all.add(Arguments.of("java -jar jvmm.jar, JDK " + version, viaJar(home), Map.of()));
              all.add(
                  Arguments.of(
                      "./jvmm, JDK " + version,
                      List.of(ROOT.resolve("jvmm").toString()),
                      Map.of("JAVA_HOME", home.toString())));
            });
    return all.stream();
  }

  /** A guest that stands at its shell's prompt. */
  private static Terminal shell(
      String name, List<String> launcher, Map<String, String> environment, String... options)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(launcher);
    command.addAll(List.of("-accel", "soft"));
    command.addAll(List.of(options));
    long begin = System.nanoTime();
    Terminal terminal = Terminal.start(command, environment);
    try {
      String uptime = terminal.see(INIT).group(1);
      terminal.ask("dmesg -n 1"); // the kernel's messages would stand between the answers
      System.out.printf(
          "%s %s: init at %s s of the guest, a shell after %.1f s%n",
          name, String.join(" ", options), uptime, (System.nanoTime() - begin) / 1e9);
      return terminal;
    } catch (AssertionError | InterruptedException e) {
      terminal.close();
      throw e;
    }
  }

  private static Terminal shell(String... options) throws IOException, InterruptedException {
    return shell("soft", viaJar(Path.of(System.getProperty("java.home"))), Map.of(), options);
  }

  private static void powerOff(Terminal terminal) throws IOException, InterruptedException {
    terminal.type("poweroff");
    assertEquals(0, terminal.ends(), terminal::toString);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("launchers")
  void debianGivesAShellAndPowersOff(
      String name, List<String> launcher, Map<String, String> environment)
      throws IOException, InterruptedException {
    try (Terminal terminal = shell(name, launcher, environment)) {
      assertEquals("42", terminal.ask("echo $((6 * 7))"));
      assertEquals("/dev/ttyS0", terminal.ask("tty"));
      assertEquals("1", terminal.ask("grep -c ^processor /proc/cpuinfo"));
      powerOff(terminal);
    }
  }

  @Test
  void thePowerButtonPowersTheGuestOff() throws IOException, InterruptedException {
    try (Terminal terminal = shell()) {
      String listens = "ls -l /proc/$(pidof acpid)/fd 2>/dev/null | grep -q event";
      assertEquals("yes", terminal.ask("until " + listens + "; do sleep 1; done; echo yes"));
      terminal.type("\001csystem_powerdown");
      assertEquals(0, terminal.ends(), terminal::toString);
    }
  }

  @Test
  void theGuestsShellTakesControlC() throws IOException, InterruptedException {
    try (Terminal terminal = shell()) {
      terminal.type("echo star''ted; sleep 100000");
      terminal.see("started");
      terminal.type("\003");
      assertEquals("back", terminal.ask("echo back"));
      powerOff(terminal);
    }
  }

  @Test
  void twoProcessorsWork() throws IOException, InterruptedException {
    try (Terminal terminal = shell("-smp", "2")) {
      assertEquals("2", terminal.ask("grep -c ^processor /proc/cpuinfo"));
      assertEquals("0-1", terminal.ask("cat /sys/devices/system/cpu/online"));
      for (String mask : List.of("1", "2")) {
        String sum = "cd /proc; i=0; while [ $i -lt 2000 ]; do i=$((i + 1)); done; echo $i";
        assertEquals("2000", terminal.ask("taskset " + mask + " sh -c '" + sum + "'"));
      }
      powerOff(terminal);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void rebootsInARowComeUpOnTheSameMachine(int processors)
      throws IOException, InterruptedException {
    try (Terminal terminal = shell("-smp", Integer.toString(processors))) {
      for (int i = 0; i < 2; i++) {
        terminal.type("reboot -f");
        terminal.see(INIT);
        terminal.ask("dmesg -n 1");
        assertEquals(
            Integer.toString(processors), terminal.ask("grep -c ^processor /proc/cpuinfo"));
        String clock = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
        assertTrue(terminal.ask("cat " + clock).startsWith("tsc"), terminal::toString);
      }
      powerOff(terminal);
    }
  }

  @Test
  void theCloudKernelWorks() throws IOException, InterruptedException {
    try (Terminal terminal = shell("-guest", "debian-cloud")) {
      assertTrue(terminal.ask("uname -r").contains("cloud"), terminal::toString);
      powerOff(terminal);
    }
  }

  @Test
  void debiansKernelAndBusyboxOf32BitsWork() throws IOException, InterruptedException {
    try (Terminal terminal = shell("-guest", "debian-686")) {
      assertEquals("i686", terminal.ask("uname -m"));
      assertTrue(terminal.ask("uname -r").endsWith("686-pae"), terminal::toString);
      // EI_CLASS of an ELF file: 1 is 32 bits.
      assertEquals(
          "1", terminal.ask("head -c 5 /bin/busybox | tail -c 1 | od -An -td1 | tr -d ' '"));
      assertEquals("4294967296", terminal.ask("echo $((65536 * 65536))"));
      powerOff(terminal);
    }
  }
}
