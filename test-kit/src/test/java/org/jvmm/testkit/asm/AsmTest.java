package org.jvmm.testkit.asm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AsmTest {

  static Stream<Form> forms() {
    return Form.all();
  }

  @ParameterizedTest
  @MethodSource("forms")
  void encodesTheGoldenBytes(Form form) {
    assertEquals(form.golden(), HexFormat.of().formatHex(form.assemble()));
  }

  @Test
  void encodesAsNasmDoes(@TempDir Path dir) throws IOException, InterruptedException {
    Path nasm = Path.of("/usr/bin/nasm");
    assumeTrue(Files.isExecutable(nasm), "nasm is not installed");
    List<Form> forms = Form.all().toList();
    for (int i = 0; i < forms.size(); i++) {
      Form form = forms.get(i);
      Path source = dir.resolve(i + ".asm");
      Path binary = dir.resolve(i + ".bin");
      Files.writeString(
          source, "bits %d%norg %d%n%s%n".formatted(form.mode(), Form.ORIGIN, form.nasm()));
      var command = List.of(nasm.toString(), "-f", "bin", "-o", "" + binary, "" + source);
      assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor(), form.toString());
      assertArrayEquals(Files.readAllBytes(binary), form.assemble(), form.toString());
    }
  }

  @Test
  void forwardLabelsResolveWhenTheyAreBound() {
    Asm a = Asm.bits(16).org(0x100);
    Label end = a.label("end");
    a.jmp(end).mov(Reg.AX, end).hlt().bind(end);
    assertEquals("e90400b80701f4", HexFormat.of().formatHex(a.assemble()));
  }

  @Test
  void modesCanChangeInTheMiddle() {
    byte[] code =
        Asm.bits(16).mov(Reg.EAX, 1).use(32).mov(Reg.EAX, 1).use(64).mov(Reg.R8D, 1).assemble();
    assertEquals("66b801000000b80100000041b801000000", HexFormat.of().formatHex(code));
  }

  @Test
  void dataAndPaddingKeepTheirPlaces() {
    byte[] code = Asm.bits(32).db(1).align(4).dw(0x1234).padTo(8).ascii("ok").dq(-2).assemble();
    assertEquals("0190909034120000" + "6f6b" + "feffffffffffffff", HexFormat.of().formatHex(code));
  }

  @Test
  void anUnboundLabelIsNamed() {
    Asm a = Asm.bits(16);
    a.jmp(a.label("lost"));
    var e = assertThrows(IllegalStateException.class, a::assemble);
    assertEquals("label lost is never bound", e.getMessage());
  }

  @Test
  void aShortJumpTooFarIsRefused() {
    Asm a = Asm.bits(16);
    Label start = a.here();
    a.padTo(200).jmpShort(start);
    assertThrows(IllegalStateException.class, a::assemble);
  }

  @Test
  void impossibleOperandsAreRefused() {
    Asm real = Asm.bits(16);
    Asm flat = Asm.bits(64);
    assertThrows(IllegalArgumentException.class, () -> real.mov(Reg.RAX, 1));
    assertThrows(IllegalArgumentException.class, () -> real.mov(Mem.at(Reg.AX), Reg.BX));
    assertThrows(IllegalArgumentException.class, () -> flat.mov(Reg.AH, Reg.R8B));
    assertThrows(IllegalArgumentException.class, () -> flat.mov(Reg.EAX, Reg.BX));
    assertThrows(IllegalArgumentException.class, () -> flat.add(Reg.RAX, 0x8000_0000L));
    assertThrows(IllegalArgumentException.class, () -> flat.mov(Mem.at(Reg.RAX), 1));
    assertThrows(IllegalArgumentException.class, () -> flat.push(Reg.EAX));
    assertThrows(IllegalArgumentException.class, () -> flat.jmpFar(8, 0, 32));
  }
}
