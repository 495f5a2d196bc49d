package org.jvmm.acceptance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.commons.CodeSizeEvaluator;

/**
 * HotSpot never compiles a method of more than 8,000 bytecodes (HugeMethodLimit), and says nothing
 * about it.
 */
final class MethodSizeTest {
  private static final int HUGE_METHOD_LIMIT = 8_000;

  @Test
  void noMethodIsTooLargeForTheCompiler() throws IOException {
    List<String> tooLarge = new ArrayList<>();
    int seen = 0;
    var classes =
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("org.jvmm");
    for (JavaClass each : classes) {
      try (InputStream bytes = each.getSource().orElseThrow().getUri().toURL().openStream()) {
        new ClassReader(bytes).accept(new Sizes(each.getName(), tooLarge), 0);
        seen++;
      }
    }
    assertTrue(seen > 50, "only " + seen + " classes found");
    assertEquals(List.of(), tooLarge);
  }

  private static final class Sizes extends ClassVisitor {
    private final String owner;
    private final List<String> tooLarge;

    Sizes(String owner, List<String> tooLarge) {
      super(Opcodes.ASM9);
      this.owner = owner;
      this.tooLarge = tooLarge;
    }

    @Override
    public MethodVisitor visitMethod(
        int access, String name, String descriptor, String signature, String[] exceptions) {
      return new CodeSizeEvaluator(null) {
        @Override
        public void visitEnd() {
          if (getMaxSize() > HUGE_METHOD_LIMIT && !name.equals("<clinit>")) {
            tooLarge.add("%s.%s: %d bytecodes".formatted(owner, name, getMaxSize()));
          }
        }
      };
    }
  }
}
