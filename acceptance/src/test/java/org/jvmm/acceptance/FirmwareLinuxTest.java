package org.jvmm.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** SeaBIOS and GRUB boot Debian's Linux on the CPU in Java, by the command line. */
@Tag("soak")
final class FirmwareLinuxTest {
  @TempDir Path dir;

  /** A guest with its console on our side. */
  private static final class Dialogue implements AutoCloseable {
    private final Process process;
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private int heard;

    Dialogue(String... options) throws IOException {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(List.of("-cp", System.getProperty("java.class.path"), "org.jvmm.cli.Jvmm"));
      command.addAll(List.of("-accel", "soft", "-nographic"));
      command.addAll(List.of(options));
      process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    /** Reads on until the guest has said a text, behind what was heard last. */
    void hear(String text) throws IOException {
      InputStream in = process.getInputStream();
      while (true) {
        int at = text().indexOf(text, heard);
        if (at >= 0) {
          heard = at + text.length();
          return;
        }
        byte[] more = new byte[8192];
        int n = in.read(more);
        assertTrue(n > 0, () -> "no \"" + text + "\" in\n" + text());
        said.write(more, 0, n);
      }
    }

    void say(String line) throws IOException {
      process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.ISO_8859_1));
      process.getOutputStream().flush();
    }

    int status() throws InterruptedException {
      return process.waitFor();
    }

    private String text() {
      return said.toString(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }

  /** Runs a script of the module; what it prints at last. */
  private static String script(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assumeTrue(process.waitFor() == 0, "it cannot be made here: " + output);
    return output.strip();
  }

  @Test
  @Timeout(600)
  void aCdromWithGrubBootsALinuxThatPowersOff() throws Exception {
    String iso = dir.resolve("grub.iso").toString();
    script("firmware/grub-iso", "build", iso);
    try (Dialogue guest = new Dialogue("-m", "512", "-cdrom", iso, "-boot", "d", "-no-reboot")) {
      for (String station :
          List.of("grub: menu", "Linux version", "jvmm: init", "jvmm: exit 0", "Power down")) {
        guest.hear(station);
      }
      assertEquals(0, guest.status());
    }
  }

  @Test
  @Timeout(1800)
  void anInstalledDebianBootsToItsLoginAndRunsItsPrograms() throws Exception {
    String disk = script("firmware/debian-disk");
    try (Dialogue guest = new Dialogue("-m", "1024", "-hda", disk, "-snapshot")) {
      guest.hear("login: ");
      guest.say("root");
      guest.hear("# ");
      guest.say("python3 -c 'print(2**100)'");
      guest.hear("1267650600228229401496703205376");
      guest.say("echo 'int main(){long s=0;for(long i=1;i<=9999;i++)s+=i*i;return s%251;}' >a.c");
      guest.say("gcc -O2 a.c -o a && ./a; echo ran: $?");
      guest.hear("ran: " + 9999L * 10000 * 19999 / 6 % 251);
      guest.say("openssl speed -bytes 1024 -seconds 1 sha256 >/dev/null 2>&1; echo speed: $?");
      guest.hear("speed: 0");
      guest.say("java -version 2>&1 | head -n 1; echo java: $?");
      guest.hear("openjdk version");
      guest.say("reboot");
      guest.hear("grub: menu");
    }
  }
}
