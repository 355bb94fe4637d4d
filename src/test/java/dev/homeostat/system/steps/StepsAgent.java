package dev.homeostat.system.steps;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/**
 * A Java agent for the installed daemon: {@link Steps} is told of every call that writes to the journal, before and after,
 * of every transaction, and of what a deployment writes and begins. The production code knows nothing of it.
 */
public final class StepsAgent {
    /** What writes, by class; a transaction may run on the thread of another who waits. */
    private static final Map<String, Set<String>> STEPS = Map.of(
            "dev/homeostat/journal/SqliteJournal",
            Set.of(
                    "accept",
                    "begin",
                    "intend",
                    "stepStarted",
                    "stepEnded",
                    "end",
                    "interrupted",
                    "disown",
                    "pause",
                    "resume",
                    "answer",
                    "forget"),
            "dev/homeostat/journal/Database",
            Set.of("transaction"),
            // of a deployment
            "dev/homeostat/kind/generation/DeploymentState",
            Set.of("write"),
            "dev/homeostat/host/nix/GcRoots",
            Set.of("keep", "release"),
            "dev/homeostat/host/nix/Profile",
            Set.of("set", "switchTo", "delete"),
            "dev/homeostat/host/nix/Activation",
            Set.of("start"));

    private static final ClassDesc TOLD = ClassDesc.of("dev.homeostat.system.steps.Steps");
    private static final MethodTypeDesc AT = MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_String);

    private StepsAgent() {}

    public static void premain(String arguments, Instrumentation instrumentation) {
        instrumentation.addTransformer(new ClassFileTransformer() {
            @Override
            public byte[] transform(
                    ClassLoader loader, String name, Class<?> type, ProtectionDomain domain, byte[] bytes) {
                Set<String> methods = STEPS.get(name);
                if (methods == null) {
                    return null;
                }
                try {
                    return told(loader, bytes, methods);
                } catch (RuntimeException e) { // the JVM would swallow it, and no step would ever be counted
                    e.printStackTrace();
                    Runtime.getRuntime().halt(1);
                    return null;
                }
            }
        });
    }

    private static byte[] told(ClassLoader loader, byte[] bytes, Set<String> methods) {
        ClassFile file = ClassFile.of(ClassFile.ClassHierarchyResolverOption.of(
                ClassHierarchyResolver.ofResourceParsing(loader).orElse(ClassHierarchyResolver.defaultResolver())));
        return file.transformClass(file.parse(bytes), (builder, element) -> {
            if (element instanceof MethodModel method
                    && methods.contains(method.methodName().stringValue())) {
                String name = method.methodName().stringValue();
                builder.transformMethod(method, (b, e) -> {
                    if (e instanceof java.lang.classfile.CodeModel code) {
                        b.transformCode(code, around(name));
                    } else {
                        b.with(e);
                    }
                });
            } else {
                builder.with(element);
            }
        });
    }

    private static CodeTransform around(String name) {
        return new CodeTransform() {
            @Override
            public void atStart(CodeBuilder builder) {
                builder.loadConstant("before " + name).invokestatic(TOLD, "at", AT);
            }

            @Override
            public void accept(CodeBuilder builder, CodeElement element) {
                if (element instanceof ReturnInstruction) {
                    builder.loadConstant("after " + name).invokestatic(TOLD, "at", AT);
                }
                builder.with(element);
            }
        };
    }

    /** The agent as the JVM wants it. */
    public static void writeJar(Path jar) throws IOException {
        Manifest manifest = new Manifest();
        Attributes attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        attributes.put(new Attributes.Name("Premain-Class"), StepsAgent.class.getName());
        attributes.put(new Attributes.Name("Boot-Class-Path"), jar.getFileName().toString());
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
            for (String name : List.of("Steps", "StepsAgent", "StepsAgent$1", "StepsAgent$2")) {
                String path = StepsAgent.class.getPackageName().replace('.', '/') + "/" + name + ".class";
                try (InputStream in = StepsAgent.class.getClassLoader().getResourceAsStream(path)) {
                    out.putNextEntry(new JarEntry(path));
                    in.transferTo(out);
                }
            }
        }
    }
}
