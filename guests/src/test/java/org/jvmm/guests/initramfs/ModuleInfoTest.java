package org.jvmm.guests.initramfs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.guests.fetch.GuestException;

class ModuleInfoTest {

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void dependenciesAliasesAndSoftDependenciesAreRead(boolean wide) throws GuestException {
    byte[] elf =
        ModuleFile.of(
            wide,
            "license=GPL",
            "softdep=pre: crypto-crc32c post: x",
            "alias=fs-ext4",
            "alias=ext3",
            "depends=jbd2,mbcache,crc16");
    ModuleInfo info = ModuleInfo.parse("ext4", elf);
    assertEquals(List.of("jbd2", "mbcache", "crc16"), info.depends());
    assertEquals(List.of("fs-ext4", "ext3"), info.aliases());
    assertEquals(List.of("crypto-crc32c", "x"), info.softDepends());
  }

  @Test
  void anEmptyListOfDependenciesIsNoDependency() throws GuestException {
    assertEquals(List.of(), ModuleInfo.parse("m", ModuleFile.of(true, "depends=")).depends());
  }

  @Test
  void brokenFilesAreRefusedAndNothingElse() {
    byte[] whole = ModuleFile.of(true, "depends=a");
    for (int length = 0; length < whole.length; length++) {
      parseBroken(Arrays.copyOf(whole, length));
    }
    Random random = new Random(2);
    for (int i = 0; i < 20_000; i++) {
      byte[] changed = whole.clone();
      for (int n = 0; n < 4; n++) {
        changed[random.nextInt(changed.length)] = (byte) random.nextInt();
      }
      parseBroken(changed);
    }
    assertThrows(GuestException.class, () -> ModuleInfo.parse("m", new byte[100]));
  }

  private static void parseBroken(byte[] elf) {
    try {
      assertEquals(List.of(), ModuleInfo.parse("m", elf).aliases());
    } catch (GuestException e) {
      assertTrue(e.getMessage().startsWith("m: no kernel module"), e.getMessage());
    }
  }
}
