package org.jvmm.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** SeaBIOS and GRUB boot Debian's Linux on the CPU in Java, by the command line. */
@Tag("soak")
final class FirmwareLinuxTest {
  @TempDir Path dir;

  /** Starts jvmm with these options. */
  private static Terminal jvmm(String... options) throws IOException {
    assumeTrue(Files.isExecutable(Terminal.SCRIPT), "script (of util-linux) is not installed");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), "org.jvmm.cli.Jvmm"));
    command.addAll(List.of("-accel", "soft", "-nographic"));
    command.addAll(List.of(options));
    return Terminal.start(command, Map.of());
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
    try (Terminal guest = jvmm("-m", "512", "-cdrom", iso, "-boot", "d", "-no-reboot")) {
      for (String station :
          List.of("grub: menu", "Linux version", "jvmm: init", "jvmm: exit 0", "Power down")) {
        guest.see(station);
      }
      assertEquals(0, guest.ends());
    }
  }

  @Test
  @Timeout(600)
  void aCdromWithGrubStartsMemtest() throws Exception {
    String iso = dir.resolve("memtest.iso").toString();
    script(
        "firmware/grub-iso", "memtest", iso, BootMediaTest.file(BootMediaTest.MEMTEST).toString());
    try (Terminal guest = jvmm("-m", "64", "-cdrom", iso, "-boot", "d")) {
      guest.see("grub: menu");
      guest.see("Memtest86+");
      guest.see("Moving inversions");
    }
  }

  @Test
  @Timeout(120)
  void theBootMenuOffersTheDrivesAndAKeyChoosesTheFloppy() throws Exception {
    Path disk = Files.write(dir.resolve("disk"), new byte[1 << 20]);
    String floppy = BootMediaTest.file(BootMediaTest.GRUB_FLOPPY).toString();
    List<String> drives = List.of("-hda", disk.toString(), "-fda", floppy, "-snapshot");
    List<String> options = new ArrayList<>(drives);
    options.addAll(List.of("-m", "64", "-boot", "menu=on,splash-time=20000"));
    try (Terminal guest = jvmm(options.toArray(String[]::new))) {
      guest.see("Press ESC for boot menu");
      guest.press("\33");
      guest.see("Select boot device");
      guest.see("2. Floppy");
      guest.press("2");
      guest.see("will be executed automatically");
    }
  }

  @Test
  @Timeout(300)
  void aDirectoryIsAFatDiskAndACdromTheDiscChangesAndACommitReachesTheImage() throws Exception {
    Path folder = Files.createDirectories(dir.resolve("files/A long folder name/nested.dir"));
    Files.write(folder.resolve("a file with a long name.tar.gz"), new byte[] {1, 2, 3, 4, 5});
    Path other = Files.createDirectories(dir.resolve("other"));
    Files.writeString(other.resolve("second.txt"), "second disc\n");
    Path disk = Files.write(dir.resolve("disk.img"), new byte[1 << 20]);
    String files = dir.resolve("files").toString();
    try (Terminal guest =
        jvmm(
            "-guest",
            "debian",
            "-drive",
            "format=raw,file=" + disk,
            "-hdb",
            "fat:" + files,
            "-cdrom",
            files,
            "-snapshot")) {
      guest.see("ends it.");
      String block = "/sys/bus/scsi/devices/0:0:%d:0/block"; // names go by who comes first
      String first = "/dev/" + guest.ask("dmesg -n 1; ls " + block.formatted(0));
      String second = "/dev/" + guest.ask("ls " + block.formatted(1));
      assertEquals(
          "",
          guest.ask(
              "mkdir /f /c; mount -t vfat "
                  + second
                  + "1 /f 2>&1; mount -t iso9660 /dev/sr0 /c 2>&1"));
      String sum =
          "cat '/%s/A long folder name/nested.dir/a file with a long name.tar.gz' | md5sum";
      assertEquals("7cfdd07889b3295d6a550914ab35e068  -", guest.ask(sum.formatted("f")));
      assertEquals("7cfdd07889b3295d6a550914ab35e068  -", guest.ask(sum.formatted("c")));
      guest.ask("umount /c; echo written >" + first + "; sync");
      guest.type("\1cchange ide1-cd0 " + other);
      guest.see("(jvmm) ");
      guest.type("commit ide0-hd0");
      guest.see("(jvmm) ");
      guest.press("\1c");
      assertEquals("second disc", guest.ask("mount -t iso9660 /dev/sr0 /c; cat /c/second.txt"));
      guest.type("poweroff");
      assertEquals(0, guest.ends());
    }
    assertEquals(
        "written\n", new String(Files.readAllBytes(disk), 0, 8, StandardCharsets.US_ASCII));
  }

  @Test
  @Timeout(1800)
  void anInstalledDebianBootsToItsLoginRunsItsProgramsAndRebootsInPlace() throws Exception {
    String disk = script("firmware/debian-disk");
    try (Terminal guest = jvmm("-m", "1024", "-hda", disk, "-snapshot")) {
      guest.see("login: ");
      guest.type("root");
      guest.see("# ");
      guest.type("python3 -c 'print(2**100)'");
      guest.see("1267650600228229401496703205376");
      guest.type("echo 'int main(){long s=0;for(long i=1;i<=9999;i++)s+=i*i;return s%251;}' >a.c");
      guest.type("gcc -O2 a.c -o a && ./a; echo ran: $?");
      guest.see("ran: " + 9999L * 10000 * 19999 / 6 % 251);
      guest.type("openssl speed -bytes 1024 -seconds 1 sha256 >/dev/null 2>&1; echo speed: $?");
      guest.see("speed: 0");
      guest.type("java -version 2>&1 | head -n 1; echo java: $?");
      guest.see("openjdk version");
      guest.type("sync; reboot");
      guest.see("grub: menu");
      guest.see("login: ");
      guest.type("root");
      guest.see("# ");
      guest.type("./a; echo kept: $?");
      guest.see("kept: " + 9999L * 10000 * 19999 / 6 % 251);
      guest.type("poweroff");
      assertEquals(0, guest.ends());
    }
  }
}
