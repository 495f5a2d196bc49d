package org.jvmm.softcpu.diff;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.jvmm.softcpu.isa.Op;
import org.jvmm.softcpu.isa.OpTable;

/** Which forms of the table {@link HostDifferentialTest} compares; needs no particular host. */
class FormsTest {
  private static final int TRIES = 2000, OPERAND = 0x100_0000;

  private static boolean canBeMade(Op op) {
    SplittableRandom random = new SplittableRandom(op.id);
    for (int bits : new int[] {64, 32}) {
      Forms forms = new Forms(random, bits, OPERAND);
      for (int i = 0; i < TRIES; i++) {
        if (forms.next(op) != null) {
          return true;
        }
      }
    }
    return false;
  }

  @Test
  void everyFormIsComparedUnlessAReasonIsGiven() {
    List<String> neither = new ArrayList<>();
    Map<NotCompared, Set<String>> leftOut = new EnumMap<>(NotCompared.class);
    int compared = 0;
    for (Op op : OpTable.rows()) {
      var reason = NotCompared.of(op);
      if (reason.isPresent()) {
        leftOut.computeIfAbsent(reason.get(), r -> new TreeSet<>()).add(op.mnemonic);
      } else if (canBeMade(op)) {
        compared++;
      } else {
        neither.add(op.toString());
      }
    }
    System.out.printf("%d of %d rows are compared%n", compared, OpTable.rows().size());
    leftOut.forEach((reason, rows) -> System.out.println(reason.reason + ": " + rows));
    assertEquals(List.of(), neither, "rows that no instruction can be made of");
  }

  @Test
  void everyReasonIsOfAFormThatExists() {
    Set<String> stale = new HashSet<>();
    for (NotCompared reason : NotCompared.values()) {
      stale.addAll(reason.mnemonics());
    }
    OpTable.rows().forEach(op -> stale.remove(op.mnemonic));
    assertEquals(Set.of(), stale);
  }
}
