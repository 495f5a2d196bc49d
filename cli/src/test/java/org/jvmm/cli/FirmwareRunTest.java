package org.jvmm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.jvmm.testkit.asm.Reg.AL;
import static org.jvmm.testkit.asm.Reg.AX;
import static org.jvmm.testkit.asm.Reg.BX;
import static org.jvmm.testkit.asm.Reg.CX;
import static org.jvmm.testkit.asm.Reg.DH;
import static org.jvmm.testkit.asm.Reg.SP;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.guests.GuestCatalog;
import org.jvmm.guests.PackageFile;
import org.jvmm.guests.fetch.GuestException;
import org.jvmm.guests.fetch.TerminalProgress;
import org.jvmm.testkit.asm.Asm;
import org.jvmm.testkit.asm.Cond;
import org.jvmm.testkit.asm.Label;
import org.jvmm.testkit.asm.Mem;
import org.jvmm.testkit.asm.Seg;

/** SeaBIOS on the CPU in Java runs what is on a disk's first sector and in an option ROM. */
@Timeout(120)
final class FirmwareRunTest {
  private static final int SECTOR = 512, SECTORS = 2048;
  private static final int LOADED = 0x7c00, BUFFER = 0x8000;
  private static final int DEBUG_EXIT = 0xf4, KBC_COMMAND = 0x64, PULSE_RESET = 0xfe;
  private static final int READ = 2, WRITE = 3;

  @TempDir Path dir;

  private static String rom() throws IOException {
    try {
      return GuestCatalog.ofHost(Optional.empty())
          .file(PackageFile.SEABIOS, new TerminalProgress(System.err, false))
          .toString();
    } catch (GuestException e) {
      assumeTrue(false, "SeaBIOS cannot be had here: " + e.getMessage());
      throw e;
    }
  }

  private int run(String... more) throws IOException {
    String[] all = Arrays.copyOf(more, more.length + 9);
    String[] usual = {
      "-accel",
      "soft",
      "-m",
      "64",
      "-device",
      "isa-debug-exit,iobase=0xf4",
      "-bios",
      rom(),
      "-nographic"
    };
    System.arraycopy(usual, 0, all, more.length, usual.length);
    return Jvmm.execute(all);
  }

  /** INT 13h for the second sector of the disk that booted, which DL still names. */
  private static Asm disk(Asm code, int function, Label failed) {
    return code.mov(AX, function << 8 | 1)
        .mov(BX, BUFFER)
        .mov(CX, 2)
        .mov(DH, 0)
        .int_(0x13)
        .jcc(Cond.B, failed);
  }

  /** Counts in the second sector how often it has booted, resets, and ends at the third time. */
  private static byte[] counter() {
    Asm code = Asm.bits(16).org(LOADED);
    Label failed = code.label("failed");
    Label reset = code.label("reset");
    code.xor(AX, AX).mov(Seg.DS, AX).mov(Seg.ES, AX).mov(Seg.SS, AX).mov(SP, LOADED);
    disk(code, READ, failed).inc(Mem.at(BUFFER).byte_());
    disk(code, WRITE, failed).mov(AL, Mem.at(BUFFER)).cmp(AL, 3).jcc(Cond.NE, reset);
    code.out(DEBUG_EXIT, AL).hlt();
    code.bind(reset).mov(AL, PULSE_RESET).out(KBC_COMMAND, AL).hlt();
    code.bind(failed).mov(AL, 0x7f).out(DEBUG_EXIT, AL).hlt();
    return code.padTo(SECTOR - 2).dw(0xaa55).assemble();
  }

  @Test
  void aGuestThatResetsBootsByFirmwareAgainAndFindsWhatItWrote() throws IOException {
    Path disk = dir.resolve("disk.img");
    Files.write(disk, Arrays.copyOf(counter(), SECTORS * SECTOR));
    assertEquals(3 * 2 + 1, run("-drive", "format=raw,file=" + disk, "-serial", "null"));
    assertEquals(3, Files.readAllBytes(disk)[SECTOR]);
  }

  /** Boot code that ends with a number. */
  private Path says(String name, int number, int size, int signature) throws IOException {
    Asm code = Asm.bits(16).org(LOADED).mov(AL, number).out(DEBUG_EXIT, AL).hlt();
    byte[] sector = code.padTo(SECTOR - 2).dw(signature).assemble();
    return Files.write(dir.resolve(name), Arrays.copyOf(sector, size));
  }

  @Test
  void theDriveWithTheLeastBootIndexBoots() throws IOException {
    String first = "if=none,format=raw,id=a,file=" + says("a", 1, SECTORS * SECTOR, 0xaa55);
    String second = "if=none,format=raw,id=b,file=" + says("b", 2, SECTORS * SECTOR, 0xaa55);
    assertEquals(
        2 * 2 + 1,
        run(
            "-drive",
            first,
            "-drive",
            second,
            "-device",
            "ide-hd,drive=a,bus=ide.0,bootindex=2",
            "-device",
            "ide-hd,drive=b,bus=ide.1,bootindex=1",
            "-serial",
            "null"));
  }

  @Test
  void aFloppyDiskWithoutASignatureBootsIfTheUserSaysSo() throws IOException {
    String floppy = "format=raw,if=floppy,file=" + says("f", 9, 1440 << 10, 0);
    assertEquals(
        9 * 2 + 1, run("-drive", floppy, "-boot", "a", "-no-fd-bootchk", "-serial", "null"));
  }

  @Test
  void anOptionRomRuns() throws IOException {
    Asm code = Asm.bits(16).db(0x55, 0xaa, 1).mov(AL, 21).out(DEBUG_EXIT, AL).retf();
    byte[] image = Arrays.copyOf(code.assemble(), SECTOR);
    for (int i = 0; i < SECTOR - 1; i++) {
      image[SECTOR - 1] -= image[i]; // all bytes together are 0
    }
    Path rom = Files.write(dir.resolve("option.rom"), image);
    assertEquals(21 * 2 + 1, run("-option-rom", rom.toString(), "-serial", "null"));
  }
}
