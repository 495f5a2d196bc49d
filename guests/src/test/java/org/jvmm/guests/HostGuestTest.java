package org.jvmm.guests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.jvmm.guests.fetch.Digest;
import org.jvmm.guests.fetch.GuestException;
import org.jvmm.guests.fetch.ProgressSink;

/** The real guest from the host's own mirror, kept in the user's cache. */
class HostGuestTest {
  private static final Path QEMU = Path.of("/usr/bin/qemu-system-x86_64");
  private static final long SMALL = 10_000_000;

  private static GuestImage image;

  @BeforeAll
  static void provide() throws IOException {
    try {
      image = GuestCatalog.ofHost(Optional.empty()).provide(GuestRecipe.DEBIAN, ProgressSink.NONE);
    } catch (GuestException e) {
      abort("no guest can be had here: " + e.getMessage());
    }
  }

  @Test
  void theDefaultGuestIsWholeAndSmall() throws IOException {
    assertEquals(image.kernelSha256(), Digest.ofFile(image.kernel()));
    assertEquals(image.initrdSha256(), Digest.ofFile(image.initrd()));
    assertTrue(Files.size(image.initrd()) < SMALL, image.toString());
  }

  @Test
  void itRunsACommandAndPowersOff() throws Exception {
    assumeTrue(Files.isExecutable(QEMU), "qemu-system-x86_64 is not installed");
    String command = "lsmod | cut -d' ' -f1 | sort | tr '\\n' ' '; exit 7";
    List<String> arguments =
        new ArrayList<>(List.of(QEMU.toString(), "-accel", "tcg", "-m", "256"));
    arguments.addAll(List.of("-display", "none", "-serial", "stdio", "-monitor", "none"));
    arguments.addAll(List.of("-nic", "user,model=ne2k_pci", "-no-reboot"));
    arguments.addAll(List.of("-kernel", image.kernel().toString()));
    arguments.addAll(List.of("-initrd", image.initrd().toString()));
    String append = image.append() + " quiet panic=-1 jvmm.run=\"" + command + "\"";
    arguments.addAll(List.of("-append", append));
    Path log = Files.createTempFile("guest", ".log");
    Process qemu =
        new ProcessBuilder(arguments)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      boolean ended = qemu.waitFor(240, TimeUnit.SECONDS);
      String console = Files.readString(log, StandardCharsets.ISO_8859_1);
      assertTrue(ended, console);
      assertTrue(console.contains("jvmm: init "), console);
      assertTrue(console.matches("(?s).* ata_piix .* ne2k_pci .* sr_mod .*"), console);
      assertTrue(console.contains("jvmm: exit 7"), console);
    } finally {
      qemu.destroyForcibly();
      Files.delete(log);
    }
  }
}
