package org.jvmm.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.jvmm.testkit.asm.Reg.AH;
import static org.jvmm.testkit.asm.Reg.AL;
import static org.jvmm.testkit.asm.Reg.AX;
import static org.jvmm.testkit.asm.Reg.DX;
import static org.jvmm.testkit.asm.Reg.SI;
import static org.jvmm.testkit.asm.Reg.SP;
import static org.jvmm.testkit.asm.Seg.DS;
import static org.jvmm.testkit.asm.Seg.SS;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.jvmm.guests.GuestCatalog;
import org.jvmm.guests.PackageFile;
import org.jvmm.guests.fetch.GuestException;
import org.jvmm.guests.fetch.TerminalProgress;
import org.jvmm.testkit.asm.Asm;
import org.jvmm.testkit.asm.Cond;
import org.jvmm.testkit.asm.Label;
import org.jvmm.testkit.asm.Mem;

/**
 * Command lines that people gave to qemu-system-x86_64 run as they are, in the directory where the
 * images lie. What boots says on COM1 what it is and how many disks the BIOS has found, and powers
 * off.
 */
@Timeout(120)
final class CommandLinesOf2010Test {
  private static final int SECTOR = 512, BLOCK = 2048, LOADED = 0x7c00;
  private static final int COM1 = 0x3F8, LINE_STATUS = COM1 + 5, THRE = 1 << 5;
  private static final int PM1_CONTROL = 0x604, SLP_EN = 1 << 13;

  /** BIOS data area: number of disks. */
  private static final int DISKS = 0x475;

  @TempDir Path folder;

  /** What a run has left: its exit status and what it said. */
  private record Said(int status, String out, List<String> err) {}

  private static byte[] boot(String name) {
    Asm code = Asm.bits(16).org(LOADED);
    Label text = code.label("text");
    Label next = code.label("next");
    Label full = code.label("full");
    Label end = code.label("end");
    Label count = code.label("count");
    code.xor(AX, AX).mov(DS, AX).mov(SS, AX).mov(SP, LOADED);
    code.mov(AL, Mem.at(DISKS)).add(Mem.at(count).byte_(), AL).mov(SI, text).cld();
    code.bind(next).lods(8).cmp(AL, 0).jcc(Cond.E, end).mov(AH, AL).mov(DX, LINE_STATUS);
    code.bind(full).inDx(AL).test(AL, THRE).jcc(Cond.E, full);
    code.mov(DX, COM1).mov(AL, AH).outDx(AL).jmp(next).bind(end);
    code.mov(DX, PM1_CONTROL).mov(AX, SLP_EN).outDx(AX).hlt();
    code.bind(text).ascii(name + " boots; disks: ");
    return code.bind(count).ascii("0.").db(0).assemble();
  }

  private void disk(String file, String name, int size) throws IOException {
    byte[] image = Arrays.copyOf(boot(name), size);
    image[SECTOR - 2] = 0x55;
    image[SECTOR - 1] = (byte) 0xAA;
    Files.write(folder.resolve(file), image);
  }

  /** A CD-ROM that boots without emulation (El Torito 1.0, sections 2 and 3). */
  private void cdrom(String file) throws IOException {
    int record = 17 * BLOCK;
    int catalog = 18 * BLOCK;
    ByteBuffer disc = ByteBuffer.allocate(20 * BLOCK).order(ByteOrder.LITTLE_ENDIAN);
    disc.put(record + 1, "CD001\1EL TORITO SPECIFICATION".getBytes(StandardCharsets.US_ASCII));
    disc.putInt(record + 0x47, catalog / BLOCK);
    disc.put(catalog, (byte) 1).putShort(catalog + 28, (short) 0x55AA);
    disc.putShort(catalog + 30, (short) 0xAA55);
    disc.put(catalog + 32, (byte) 0x88).putShort(catalog + 38, (short) 4);
    disc.putInt(catalog + 40, 19).put(19 * BLOCK, boot("CD"));
    Files.write(folder.resolve(file), disc.array());
  }

  @BeforeEach
  void theFirmwareIsThere() throws IOException {
    try {
      GuestCatalog.ofHost(Optional.empty())
          .file(PackageFile.SEABIOS, new TerminalProgress(System.out, false));
    } catch (GuestException e) {
      assumeTrue(false, "SeaBIOS cannot be had here: " + e.getMessage());
    }
  }

  /** Runs jvmm in the directory of the images. */
  private Said jvmm(String line) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), "org.jvmm.cli.Jvmm"));
    command.addAll(List.of(line.split(" ")));
    Path err = folder.resolve("err");
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectError(err.toFile())
            .start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Said(process.waitFor(), out, Files.readAllLines(err));
  }

  private void assertBoots(Said said, String what) {
    assertTrue(said.out.contains(what), said::toString);
    assertEquals(0, said.status, said::toString);
  }

  @Test
  void anInstallationFromACdromStartsAndItsNetworkIsMissedInOneLine() throws Exception {
    assertEquals(0, jvmm("img create -f qcow2 xp.img 10G").status);
    cdrom("xp.iso");
    Said said = jvmm("-cdrom xp.iso -hda xp.img -boot d -m 1024 -localtime -net nic -net tap");
    assertBoots(said, "CD boots; disks: 1.");
    assertEquals(
        List.of(
            "jvmm: -net nic -net tap: there is no such network so far; the guest has no network card"),
        said.err.stream().filter(line -> line.contains("-net")).toList());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-hda deb.img -m 1024 | Disk boots; disks: 1.",
        "-fda dos.img -hdb b.img -hdc c.img | Floppy boots; disks: 2.",
        "-drive file=deb.img,if=ide,format=raw,cache=writethrough,readonly=on"
            + " -drive file=xp.iso,if=ide,media=cdrom,readonly=on | Disk boots; disks: 1.",
        "-drive file=xp.iso,if=ide,format=raw,media=cdrom,cache=none,readonly=on"
            + " | CD boots; disks: 0."
      })
  @Tag("soak")
  void whatTheOptionsNameBoots(String line, String what) throws Exception {
    disk("deb.img", "Disk", 1 << 20);
    Files.write(folder.resolve("b.img"), new byte[1 << 20]);
    Files.write(folder.resolve("c.img"), new byte[1 << 20]);
    disk("dos.img", "Floppy", 1440 << 10);
    cdrom("xp.iso");
    assertBoots(jvmm(line), what);
  }
}
