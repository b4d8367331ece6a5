# engine.gp -- draws engine.png from engine.csv:  cd docs/measurements && gnuplot engine.gp
set terminal pngcairo size 1100,640 font "sans,12"
set output "engine.png"
set datafile separator ","
set datafile commentschars "#"
set logscale xy
set xlabel "batch (images)"
set ylabel "images/s"
set format x "10^{%L}"
set format y "10^{%L}"
set key left top
set grid
# A comma stands inside some quoted names, which awk would take for the end of the field.
rows(engine, tiles) = sprintf("< sed 's/, one/ one/; s/, 16/ 16/; s/\"//g' engine.csv | awk -F, '$1 == \"throughput\" && $2 == \"%s\" && $3 == \"%s\"'", engine, tiles)
plot rows("cuda:0 fp16", "device")  using 4:10 with linespoints lw 2 title "H200 fp16, tiles on the GPU", \
     rows("cuda:0 fp32", "device")  using 4:10 with linespoints lw 2 title "H200 fp32, tiles on the GPU", \
     rows("cuda:0 fp16", "pinned")  using 4:10 with linespoints lw 2 title "H200 fp16, from page-locked memory", \
     rows("cpu avx512 16 cores", "host") using 4:10 with linespoints lw 2 title "CPU, 16 cores", \
     rows("cpu avx512 one core", "host") using 4:10 with linespoints lw 2 title "CPU, one core"
