package org.jvmm.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.jvmm.testkit.asm.Reg.AL;
import static org.jvmm.testkit.asm.Reg.AX;
import static org.jvmm.testkit.asm.Reg.BX;
import static org.jvmm.testkit.asm.Reg.CX;
import static org.jvmm.testkit.asm.Reg.DI;
import static org.jvmm.testkit.asm.Reg.DX;
import static org.jvmm.testkit.asm.Reg.SI;
import static org.jvmm.testkit.asm.Seg.DS;
import static org.jvmm.testkit.asm.Seg.ES;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.jvmm.block.BlockWorker;
import org.jvmm.block.CacheMode;
import org.jvmm.block.CreateOptions;
import org.jvmm.block.Images;
import org.jvmm.block.OpenOptions;
import org.jvmm.core.run.Lifecycle;
import org.jvmm.core.run.Machine;
import org.jvmm.devices.drive.ErrorPolicy;
import org.jvmm.pc.IdeDrive;
import org.jvmm.testkit.asm.Cond;
import org.jvmm.testkit.asm.Label;
import org.jvmm.testkit.asm.Mem;

/**
 * {@code werror=enospc} on a file system that is really full: the machine pauses, somebody makes
 * room and lets it go on, the request is made again, and the guest sees no error. As QEMU does.
 */
@Timeout(120)
final class FullHostTest {
  private static final int SECTOR = 512, SECTORS = 1024;
  private static final int DATA_PORT = 0x1F0, COUNT = 0x1F2, LBA_LOW = 0x1F3, DRIVE = 0x1F6;
  private static final int COMMAND = 0x1F7, WRITE_SECTORS = 0x30, LBA_MODE = 0xE0;
  private static final int BSY_AND_DRQ = 0x88, ERR_AND_DF = 0x21, DRQ = 0x08;
  private static final int BUFFER = 0x2000, NEXT = 0x500;

  @TempDir Path folder;
  private boolean mounted;

  private static int run(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor();
  }

  private Path small() throws IOException, InterruptedException {
    Path small = Files.createDirectory(folder.resolve("small"));
    mounted = run("mount", "-t", "tmpfs", "-o", "size=128k", "small", small.toString()) == 0;
    assumeTrue(mounted, "only root can mount a small file system");
    return small;
  }

  @AfterEach
  void unmount() throws IOException, InterruptedException {
    if (mounted) {
      assertEquals(0, run("umount", folder.resolve("small").toString()));
    }
  }

  private static void wait(RomGuest guest, String name, int mask, int value) {
    Label again = guest.code.label(name);
    guest.code.mov(DX, COMMAND).bind(again).inDx(AL).mov(BX, AX);
    guest.code.and(AL, mask).cmp(AL, value).jcc(Cond.NE, again);
  }

  /** Writes every sector, by its number's low byte and by a word of ones. */
  private static void writeAll(RomGuest guest) {
    Label next = guest.code.label("next");
    guest.load(DS, 0);
    guest.load(ES, 0);
    guest.code.mov(Mem.at(NEXT).word(), 0);
    guest.code.bind(next).mov(AX, Mem.at(NEXT).word()).or(AX, 0xFF00);
    guest.code.cld().mov(DI, BUFFER).mov(CX, SECTOR / 2).rep().stos(16);
    guest.code.mov(DX, DRIVE).mov(AL, LBA_MODE).outDx(AL);
    guest.code.mov(DX, COUNT).mov(AL, 1).outDx(AL);
    guest.code.mov(AX, Mem.at(NEXT).word()).mov(DX, LBA_LOW).outDx(AL);
    guest.code.shr(AX, 8).mov(DX, LBA_LOW + 1).outDx(AL);
    guest.code.mov(DX, LBA_LOW + 2).mov(AL, 0).outDx(AL);
    guest.code.mov(DX, COMMAND).mov(AL, WRITE_SECTORS).outDx(AL);
    wait(guest, "takes", BSY_AND_DRQ, DRQ);
    guest.code.mov(SI, BUFFER).mov(CX, SECTOR / 2).mov(DX, DATA_PORT).rep().outs(16);
    wait(guest, "done", BSY_AND_DRQ, 0);
    guest.code.and(BX, ERR_AND_DF).mov(Mem.at(NEXT + 2).word(), BX);
    guest.expect(Mem.at(NEXT + 2).word(), 0);
    guest.code.inc(Mem.at(NEXT).word());
    guest.code.cmp(Mem.at(NEXT).word(), SECTORS).jcc(Cond.NE, next);
    guest.pass();
  }

  private void makeRoom(Machine machine, Path full) {
    try {
      while (machine.state() != Lifecycle.PAUSED) {
        Thread.sleep(10);
      }
      run("mount", "-o", "remount,size=8m", full.toString());
      machine.resume();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void theMachinePausesUntilThereIsRoomAndTheGuestSeesNoError() throws Exception {
    Path full = small();
    Path image = full.resolve("disk.img");
    Images.create(image, "raw", (long) SECTORS * SECTOR, new CreateOptions(Map.of()));
    List<String> told = new CopyOnWriteArrayList<>();
    RomGuest guest = new RomGuest();
    guest.notices =
        (machine, notice) -> {
          told.add(notice);
          new Thread(() -> makeRoom(machine, full), "user").start();
        };
    writeAll(guest);
    try (BlockWorker disk =
        new BlockWorker(
            Images.open(image, "raw", OpenOptions.WRITABLE),
            CacheMode.WRITEBACK,
            "hda",
            BlockWorker.Failures.IGNORED)) {
      guest.drives = List.of(new IdeDrive(0, 0, false, disk, ErrorPolicy.USUAL, null, "hda"));
      guest.run("soft", null, 1, folder);
    }
    assertEquals(
        List.of("hda: no room on the host; the machine is paused until it is resumed"), told);
    byte[] content = Files.readAllBytes(image);
    for (int sector = 0; sector < SECTORS; sector++) {
      byte[] expected = new byte[SECTOR];
      int word = sector | 0xFF00;
      for (int i = 0; i < SECTOR; i += 2) {
        expected[i] = (byte) word;
        expected[i + 1] = (byte) (word >> 8);
      }
      int at = sector * SECTOR;
      assertEquals(-1, Arrays.mismatch(expected, Arrays.copyOfRange(content, at, at + SECTOR)));
    }
  }
}
