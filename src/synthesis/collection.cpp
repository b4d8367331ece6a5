// collection.cpp -- pictures are drawn in parallel and recorded in order, so that memory is bounded by the threads.
#include "synthesis/collection.h"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_pipeline.h>

#include <cstdio>
#include <string>

#include "atomic_file.h"
#include "error.h"
#include "report/jpeg_writer.h"
#include "report/png.h"
#include "synthesis/paint.h"
#include "synthesis/truth.h"

namespace chiffre::synthesis {

namespace {

struct Record {
    std::string truth, labels;
};

std::string file_name(std::uint32_t index, FileFormat format) {
    char name[16];
    std::snprintf(name, sizeof name, "%06u.%s", index, format == FileFormat::jpg ? "jpg" : "png");
    return name;
}

Record write_picture(const CollectionOptions& options, std::uint32_t index) {
    const Scene scene = draw_scene(options.scene, options.seed, index);
    const Photograph photograph = paint(scene);
    const std::string file = file_name(index, options.format);
    if (options.format == FileFormat::jpg)
        write_atomically(options.folder / file, encode_jpeg(photograph.rgb, scene.quality));
    else
        write_png(options.folder / file, photograph.rgb);
    if (options.texts) {
        std::string text;
        for (const WrittenRow& row : scene.rows) text += text_of(row) + "\n";
        write_atomically((options.folder / file).replace_extension(".txt"), text);
    }
    return {truth_line(file, scene, photograph, options.seed, index),
            labels_line(file, scene, photograph, options.seed, index)};
}

void prepare(const std::filesystem::path& folder, bool force) {
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed || !std::filesystem::is_directory(folder))
        throw Error(ErrorCode::unwritable, folder.string() + ": expected a folder to write to, " +
                                               (failed ? failed.message() : "found something else"));
    for (const char* name : {"truth.jsonl", "labels.tsv", "000000.jpg", "000000.png"})
        if (!force && std::filesystem::exists(folder / name))
            throw Error(
                ErrorCode::usage,
                (folder / name).string() + ": expected an empty folder, found an earlier run's (--force overwrites)");
}

}  // namespace

bool write_collection(const CollectionOptions& options, const std::function<bool()>& stop) {
    namespace tbb = oneapi::tbb;
    check(options.scene);
    prepare(options.folder, options.force);
    AtomicFile truth(options.folder / "truth.jsonl"), labels(options.folder / "labels.tsv");
    labels.write(labels_header());

    const std::size_t threads =
        options.threads > 0 ? options.threads : static_cast<std::size_t>(tbb::info::default_concurrency());
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    std::uint32_t next = 0;
    const auto count_up = [&](tbb::flow_control& control) -> std::uint32_t {
        if (next == static_cast<std::uint32_t>(options.count) || stop()) {
            control.stop();
            return next;
        }
        return next++;
    };
    const auto draw = [&](std::uint32_t index) { return write_picture(options, index); };
    const auto record = [&](const Record& made) {
        truth.write(made.truth);
        labels.write(made.labels);
    };
    tbb::parallel_pipeline(threads, tbb::make_filter<void, std::uint32_t>(tbb::filter_mode::serial_in_order, count_up) &
                                        tbb::make_filter<std::uint32_t, Record>(tbb::filter_mode::parallel, draw) &
                                        tbb::make_filter<Record, void>(tbb::filter_mode::serial_in_order, record));
    truth.commit();
    labels.commit();
    return next == static_cast<std::uint32_t>(options.count);
}

}  // namespace chiffre::synthesis
