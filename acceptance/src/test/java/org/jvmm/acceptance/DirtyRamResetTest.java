package org.jvmm.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.jvmm.testkit.asm.Reg.AL;
import static org.jvmm.testkit.asm.Reg.DX;
import static org.jvmm.testkit.asm.Reg.EAX;
import static org.jvmm.testkit.asm.Reg.EBX;
import static org.jvmm.testkit.asm.Reg.ECX;
import static org.jvmm.testkit.asm.Reg.EDI;
import static org.jvmm.testkit.asm.Reg.EDX;
import static org.jvmm.testkit.asm.Reg.ESI;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.core.run.Outcome;
import org.jvmm.kvm.MmapRam;
import org.jvmm.pc.HostEnds;
import org.jvmm.pc.PcConfig;
import org.jvmm.pc.PcMachine;
import org.jvmm.pc.boot.VmlinuxCache;
import org.jvmm.testkit.asm.Asm;
import org.jvmm.testkit.asm.Cond;
import org.jvmm.testkit.asm.Label;
import org.jvmm.testkit.asm.Mem;

/**
 * A kernel that was entered directly overwrites all RAM, itself too but for the instructions that
 * do it, and the room of the ACPI tables, which it then hides; and resets. It, its module and what
 * it is told are loaded as at first. CMOS RAM counts its boots.
 */
@Timeout(120)
final class DirtyRamResetTest {
  private static final int RAM = 8 << 20, BOOTS = 3;
  private static final int LOAD = 0x10_0000, BSS = 0x3_0000, DATA = 0x2_0000;
  private static final int MAGIC = 0x1BAD_B002, HAS_ADDRESSES = 1 << 16;
  private static final int LOADER_MAGIC = 0x2BAD_B002;

  /** Of the information structure: upper memory, count and list of modules. */
  private static final int MEM_UPPER = 8, MODS_COUNT = 20, MODS_AT = 24;

  private static final int VGA_WINDOW = 0xA_0000, ACPI_TABLES = 0xE_0000, RSDP = 0x2044_5352;
  private static final int EXIT = 0xF4, PASSED = 0x55;

  /** A byte of CMOS RAM that means nothing to anybody. */
  private static final int CMOS_BYTE = 0x70;

  private static final int DIRT = 0xDEAD_BEEF, UNTOUCHED = 0x70_0000;
  private static final int PAM_3_TO_6 = 0x5C;

  @TempDir Path folder;

  private final Asm code = Asm.bits(32).org(LOAD);
  private final Label failed = code.label("failed");
  private int checks;

  private static byte[] noise(int seed) {
    byte[] bytes = new byte[DATA];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static int sum(byte[] bytes) {
    ByteBuffer words = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int sum = 0;
    while (words.hasRemaining()) {
      sum += words.getInt();
    }
    return sum;
  }

  private void failUnlessEqual() {
    code.mov(AL, ++checks).jcc(Cond.NE, failed);
  }

  /** ESI points to them. */
  private void expectSum(byte[] bytes) {
    Label next = code.label("next" + checks);
    code.xor(EDX, EDX).mov(ECX, bytes.length / 4);
    code.bind(next).lods(32).add(EDX, EAX).loop(next).cmp(EDX, sum(bytes));
    failUnlessEqual();
  }

  private void expect(Mem place, int value) {
    code.cmp(place.dword(), value);
    failUnlessEqual();
  }

  /** From EDI up to ECX. */
  private void fill() {
    code.sub(ECX, EDI).shr(ECX, 2).rep().stos(32);
  }

  private byte[] kernel() {
    Label start = code.label("start");
    Label data = code.label("data");
    Label bss = code.label("bss");
    code.dd(MAGIC, HAS_ADDRESSES, -MAGIC - HAS_ADDRESSES, LOAD, LOAD).dd(bss);
    code.dd(LOAD + BSS + DATA).dd(start).bind(start).cld();
    code.cmp(EAX, LOADER_MAGIC);
    failUnlessEqual();
    expect(Mem.at(EBX).disp(MEM_UPPER), RAM - LOAD >> 10);
    expect(Mem.at(EBX).disp(MODS_COUNT), 1);
    expect(Mem.at(ACPI_TABLES), RSDP);
    code.mov(ESI, data);
    expectSum(noise(1));
    code.mov(ESI, Mem.at(EBX).disp(MODS_AT)).mov(ESI, Mem.at(ESI));
    expectSum(noise(2));
    code.mov(EDI, bss).xor(EAX, EAX).mov(ECX, DATA / 4).rep().scas(32);
    failUnlessEqual();
    countBoots();
    dirtyAllAndReset();
    code.bind(failed).out(EXIT, AL).hlt();
    code.align(4).bind(data);
    for (byte each : noise(1)) {
      code.db(each & 0xFF);
    }
    return code.bind(bss).assemble();
  }

  /** From the second on, RAM is dirty; the last ends it. */
  private void countBoots() {
    Label first = code.label("first");
    Label more = code.label("more");
    code.mov(AL, CMOS_BYTE).out(0x70, AL).in(AL, 0x71).inc(AL).out(0x71, AL);
    code.mov(EBX, EAX).cmp(AL, 1).jcc(Cond.E, first);
    expect(Mem.at(UNTOUCHED), DIRT);
    code.bind(first).mov(EAX, EBX).cmp(AL, BOOTS).jcc(Cond.NE, more);
    code.mov(AL, PASSED).jmp(failed).bind(more);
  }

  private void dirtyAllAndReset() {
    Label from = code.label("from");
    Label to = code.label("to");
    Label wait = code.label("wait");
    code.align(4).bind(from).mov(EAX, DIRT).xor(EDI, EDI);
    code.mov(ECX, VGA_WINDOW);
    fill();
    code.mov(EDI, ACPI_TABLES).mov(ECX, from);
    fill();
    code.mov(EDI, to).mov(ECX, RAM);
    fill();
    code.mov(EAX, 1 << 31 | PAM_3_TO_6).mov(DX, 0xCF8).outDx(EAX);
    code.mov(DX, 0xCFC).xor(EAX, EAX).outDx(EAX);
    code.mov(DX, 0xCF9).mov(AL, 6).outDx(AL).bind(wait).jmp(wait).align(4).bind(to);
  }

  @ParameterizedTest
  @ValueSource(strings = {"soft", "kvm"})
  void aKernelThatIsLoadedAgainIsIntact(String accelerator) throws Exception {
    Path kernel = Files.write(folder.resolve("kernel"), kernel());
    Path module = Files.write(folder.resolve("module"), noise(2));
    assertEquals(PASSED << 1 | 1, run(accelerator, kernel, module).code());
  }

  private static Outcome run(String accelerator, Path kernel, Path module)
      throws IOException, InterruptedException {
    PcConfig config =
        PcConfig.builder(RAM)
            .boot(new PcConfig.Boot(kernel, module, ""))
            .debugExit(PcConfig.DebugExit.USUAL)
            .build();
    HostEnds ends = new HostEnds(new MmapRam(), List.of(), null, VmlinuxCache.NONE);
    try (PcMachine pc = PcMachine.build(config, RomGuest.accelerator(accelerator), ends)) {
      return pc.run();
    }
  }
}
